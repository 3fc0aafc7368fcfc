package multiline

import (
	"strings"
	"testing"
)

// What ActionDispatch::DebugExceptions writes, with tags and without.
func TestRailsTags(t *testing.T) {
	header := "F, [2026-11-22T10:00:00.123456 #1] FATAL -- : "
	raised := header + `@  
@NoMethodError (undefined method 'x' for nil):
@  
@app/models/order.rb:12:in 'sum'
@app/controllers/orders_controller.rb:7:in 'show'`
	caused := header + `@  
@ActionView::Template::Error (undefined method 'x' for nil)
@Caused by: NoMethodError (undefined method 'x' for nil)
@
Information for: ActionView::Template::Error (undefined method 'x' for nil):
@    1: <h1>
@    2: <%= @order.x %>
@  
@app/views/orders/show.html.erb:2
@app/controllers/orders_controller.rb:7:in 'show'
@
Information for cause: NoMethodError (undefined method 'x' for nil):
@  
@app/views/orders/show.html.erb:2
@app/models/order.rb:12:in 'sum'`
	older := header + `@  
@ActionView::Template::Error (undefined method 'x' for nil):
@    1: <h1>
@  
@app/views/orders/show.html.erb:2
@
Causes:
@NoMethodError (undefined method 'x' for nil)
@app/models/order.rb:12:in 'sum'`
	info := "I, [2026-11-22T10:00:00.123456 #1]  INFO -- : "
	for _, tag := range []string{"", "[4c7e2f00-0000-4000-8000-000000000000] ", "[4c7e] [10.0.0.1] "} {
		var texts []string
		for _, text := range []string{raised, caused, older} {
			// "@" stands for the tags, but for that of the template.
			text = sample(strings.ReplaceAll(strings.ReplaceAll(text, "@order", "o"), "@", tag))
			texts = append(texts, text, info+tag+"Completed 500 Internal Server Error in 3ms", text)
		}
		alone(t, append(texts, info+tag+"next")...)
		// Without the logger's header the blank line stands alone.
		for _, text := range []string{raised, older} {
			_, text, _ = strings.Cut(strings.ReplaceAll(text, "@", tag), "\n")
			alone(t, tag+"  ", sample(text), tag+"Completed 500 in 3ms")
		}
	}
	alone(t, header+"  ", "next", "[4c7e] next", "[4c7e]   ", "[4c7e] app/models/order.rb:12: next")
	alone(t, "Shop::Rejected (no stock)", "Caused by the season", "[4c7e] Shop::Rejected (no stock)", "Information for: all (of us):", "[4c7e]   ")
	alone(t, header+"[4c7e]   ", "[4c7e] Completed 500 in 3ms", "[4c7e] NoMethodError (x)", "[4c7e] next")
	alone(t, "[4c7e] the list (of things):", "[4c7e]     1: one", "[4c7e] app/views/a.erb:1")
}
