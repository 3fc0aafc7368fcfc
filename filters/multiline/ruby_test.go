package multiline

import "testing"

var rubyCause = sample("app.rb:3:in `rescue in f': outer (RuntimeError)\n\tfrom app.rb:1:in `f'\n\tfrom app.rb:9:in `<main>'\n" +
	"app.rb:2:in `f': inner (ArgumentError)\n\tfrom app.rb:9:in `<main>'")

func TestRuby(t *testing.T) {
	alone(t, rubyCause)
	alone(t, sample(`/app/lib/app.rb:3:in 'Integer#/': divided by 0 (ZeroDivisionError)
	from /app/lib/app.rb:3:in 'Object#f'
	 ... 10067 levels...
	from /app/lib/app.rb:9:in '<main>'`), "next")
	alone(t, sample(`test.rb:1:in 'Object#foo': undefined method 'bar' for nil (NoMethodError)

    nil.bar
       ^^^^
Did you mean?  baz
	from test.rb:3:in '<main>'`))
	alone(t, sample("E, [2026-11-22T10:00:00.123456 #1] ERROR -- : boom (RuntimeError)\n/app/lib/app.rb:3:in `f'\n/app/lib/app.rb:9:in `block (2 levels) in <main>'"), "I, [2026-11-22T10:00:00.123456 #1]  INFO -- : next")
	alone(t, sample("2026-11-22 10:00:00 - RuntimeError - boom:\n\t/app/app.rb:3:in 'f'\n\t/app/app.rb:9:in '<main>'"))
	alone(t, sample("/app/lib/app.rb:3:in `f'\n/app/lib/app.rb:9:in `<main>'"))
	alone(t, "app.rb:3: warning: method redefined", "\tfrom here on")
}

func TestRails(t *testing.T) {
	alone(t, sample(`ActionView::Template::Error (undefined method `+"`x'"+` for nil):
    1: <h1><%= x %></h1>
    2: <p>
  
app/views/a/b.html.erb:1:in `+"`_app_views_a_b'"+`
actionpack (7.1.0) lib/action_dispatch/middleware/debug_exceptions.rb:63:in `+"`call'"+`

Causes:
NoMethodError (undefined method `+"`x'"+` for nil)
app/helpers/a.rb:3:in `+"`x'"), "next")
	alone(t, sample(`F, [2026-11-22T10:00:00.123456 #1] FATAL -- : [4711] failed
ActionController::RoutingError (No route matches [GET] "/x"):
  app/controllers/a.rb:3:in `+"`index'"))
	alone(t, `the list (of things):`, "    1: one")
}

func TestRubyExpects(t *testing.T) {
	expects(t, "+app.rb:3:in `f': outer (RuntimeError)\n+\tfrom app.rb:1:in `f'")
	expects(t, "+ActionController::RoutingError (No route):\n+  \n+app/a.rb:3:in `x'\n-")
}

func TestRubyVariants(t *testing.T) {
	alone(t, sample("app.rb:3:in `f': boom (Oops)\nDid you mean?  baz\n\tfrom app.rb:9:in `<main>'"))
	alone(t, sample("app.rb:3:in `f': boom (Oops)\n\n    nil.bar\nDid you mean?  baz\n\tfrom app.rb:9:in `<main>'"))
	alone(t, sample("\tfrom app.rb:3:in `f'\n\tfrom app.rb:9:in `<main>'"))
	alone(t, sample("A::Oops (x):\napp.rb:3:in `f'\nCauses:\nB::Oops (y)\napp.rb:3:in `f'"))
	alone(t, "app.rb:3:in `f': boom (Oops)", "next", "\tfrom app.rb")
	for _, line := range []string{"app.rb:3:in f", "app.rb:in `f'", ":3:in `f'", "app.rb:3:in `f", "a (b):", "Oops (b):", "a::b (b):"} {
		alone(t, line, "    1: x", "\tfrom app.rb")
	}
	expects(t, "+app.rb:3:in `f': boom (Oops)\n-")
	expects(t, "+A::Oops (x):\n+app.rb:3:in `f'\n+Causes:")
}

// Messages of several lines.
func TestRubyMessages(t *testing.T) {
	alone(t, sample("app.rb:3:in 'f': the first line (RuntimeError)\nand another\n\nand a third\n\tfrom app.rb:9:in '<main>'"), "next")
	alone(t, sample(`ActiveRecord::StatementInvalid (PG::UndefinedTable: ERROR:  relation "x" does not exist
LINE 1: SELECT "x".* FROM "x"
                          ^
):
  
app/models/x.rb:3:in `+"`index'"), "next")
	alone(t, sample("Net::ReadTimeout (no answer\nyet\n):\n  \napp/models/x.rb:3:in `index'"), "next")
	alone(t, sample("Shop::Rejected (no stock\nof it)\napp/models/x.rb:3:in `index'"), "next")
	for _, line := range logLines {
		alone(t, "app.rb:3:in 'f': boom (RuntimeError)", "and another", line, "    from here")
		if hard(line) {
			alone(t, "Shop::Rejected (no stock", "of it", line, "):")
		} else {
			alone(t, sample("Shop::Rejected (no stock\nof it\n"+line+"\n):"))
		}
	}
	alone(t, "Shop::Rejected (no stock)", "):")
}

// A thread that an exception ended.
func TestRubyThread(t *testing.T) {
	head := "#<Thread:0x00007f4699b21e70 /app/h.rb:5 run> terminated with exception (report_on_exception is true):"
	alone(t, sample(head+"\n/app/h.rb:1:in `f': boom (RuntimeError)\nsecond\n\tfrom /app/h.rb:5:in `block in <main>'"), "next", head, "next")
}
