package multiline

// What tools of JavaScript write.
var nodeToolRules = table{node, []rule{
	{"first", Starts("[nuxt] [request error] ", "[nitro] [", "[h3] ["), "level"},
	{levels, Indented("").If(isKnown).First(letters, nil), "message"}, // Bunyan indents any error

	// esbuild, and with it Wrangler and Angular.
	{"first", Starts("✘ [ERROR] ", "▲ [WARNING] "), "block4"},
}}
