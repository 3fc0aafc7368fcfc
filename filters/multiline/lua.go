package multiline

import "bytes"

// Lua's format is that of debug.traceback
// (https://www.lua.org/manual/5.4/manual.html#pdf-debug.traceback). OpenResty writes
// it behind nginx's header:
//
//	lua: app.lua:3: attempt to perform arithmetic on a nil value (global 'x')
//	stack traceback:
//		app.lua:3: in function 'f'
//		[C]: in ?
var luaRules = table{lua, []rule{
	{"first", Starts("lua: ", "lua5.", "luajit: ", "nginx: [error] "), "reportMaybe"},
	{"first", Func(isOpenResty).First(goDate, nil).AsAbove(), "reportMaybe"},
	{mentions + " first " + reports, Line("stack traceback:"), "luaFrames"},
	{"luaFrames", Starts("\t", "coroutine "), "luaFrames"},
}}

func isOpenResty(kept []byte) bool {
	if len(kept) <= 20 {
		return false
	}
	return kept[20] == '[' && shaped(kept, goTime+"[error] ") && bytes.Contains(kept, []byte("lua"))
}
