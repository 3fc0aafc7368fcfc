package multiline

import "testing"

// Classes that are not called exceptions are some if a frame follows.
func TestNames(t *testing.T) {
	java := "\n\tat com.example.Foo.bar(Foo.java:12)\n\tat com.example.Foo.main(Foo.java:3)"
	for _, text := range []string{
		"com.example.OrderRejected: no stock" + java,
		"com.example.OrderRejected" + java,
		"com.example.Shop$OrderRejected: no stock\nof it" + java,
		"OrderRejected: no stock" + java,
		"OrderRejected: no stock\n    at f (/app/x.js:1:2)\n    at g (/app/x.js:3:4)",
		"Shop.OrderRejected: no stock\n   at Shop.Orders.Place() in /src/Orders.cs:line 17",
		"Timeout::ExitException: execution expired\n/app/lib/a.rb:3:in 'A#f'\n/app/lib/b.rb:9:in '<main>'",
		"Net::ReadTimeout: Net::ReadTimeout\n/app/lib/a.rb:3:in `f'",
		"2026-11-22 10:00:00 ERROR [main] c.e.Foo - failed\ncom.example.OrderRejected: no stock" + java,
		"2026-11-22 10:00:00 ERROR [main] c.e.Foo - failed\ncom.example.OrderRejected: no stock\nof it" + java,
		"2026-11-22 10:00:00 ERROR [main] c.e.Foo - failed\nOrderRejected: no stock" + java,
		"Caused by: com.example.OrderRejected: no stock" + java,
	} {
		alone(t, sample(text), "next")
	}
	for _, line := range []string{
		"com.example.OrderRejected: no stock", "OrderRejected: no stock", "Timeout::ExitException: x", "com.example.OrderRejected",
		"Warning: late", "Starting: now", "Processing: 7", "example.com is up", "example.com: up", "a.b", "...: x", "Foo.: x", "Foo::: x", "com.example.HTTP: x", "a::b: x",
	} {
		alone(t, line, line, "next")
		alone(t, line, "\tat last", "\tindented")
		alone(t, "2026-11-22 10:00:00 ERROR [main] c.e.Foo - failed", line, "next")
	}
	for _, line := range []string{"com.example.orderRejected: x", "com..Example: x", "com.example.Foo bar: x", "com.example.Foo:x", "3com.Example: x", "com.example.IO: x"} {
		alone(t, line, "\tat com.example.Foo.bar(Foo.java:12)\n\tat com.example.Foo.main(Foo.java:3)")
	}
	for _, line := range []string{"Processing: 7", "HTTP: x", "Processing"} {
		if st := all.Begin([]byte(line), Container); st != None {
			t.Errorf("%s begins %+v", line, st)
		}
	}
	expects(t, "-com.example.OrderRejected: no stock\n+\tat com.example.Foo.bar(Foo.java:12)")
	expects(t, "-OrderRejected: no stock\n+\tat com.example.Foo.bar(Foo.java:12)")
	expects(t, "-2026-11-22 10:00:00 ERROR failed\n-com.example.OrderRejected: no stock\n-of it\n+\tat com.example.Foo.bar(Foo.java:12)")
}

// Tomcat indents all of an exception.
func TestTomcat(t *testing.T) {
	alone(t, sample(`22-Nov-2026 10:00:00.000 SEVERE [http-nio-8080-exec-1] org.apache.catalina.core.StandardWrapperValve.invoke Servlet.service() for servlet [x] in context with path [] threw exception [boom] with root cause
	java.lang.IllegalStateException: boom
		at com.example.Foo.bar(Foo.java:12)
		at com.example.Foo.main(Foo.java:3)
	Caused by: java.io.IOException: closed
		... 3 more`), "22-Nov-2026 10:00:00.000 INFO [main] org.apache.catalina.startup.Catalina.start next")
	alone(t, sample("SEVERE: Servlet.service() for servlet [x] in context with path [] threw exception\njava.lang.IllegalStateException: boom\n\tat com.example.Foo.bar(Foo.java:12)"))
	alone(t, sample("\tjava.lang.IllegalStateException: boom\n\t\tat com.example.Foo.bar(Foo.java:12)"))
	alone(t, "\tjava.lang.IllegalStateException: boom", "\tindented")
	expects(t, "-2026-11-22 10:00:00 ERROR failed\n+\tjava.lang.IllegalStateException: boom")
	alone(t, sample(`Nov 22, 2026 10:00:00 AM org.apache.catalina.core.StandardWrapperValve invoke
SEVERE: Servlet.service() for servlet [x] in context with path [] threw exception
java.lang.IllegalStateException: boom
	at com.example.Foo.bar(Foo.java:12)`), sample("Nov 01, 2026 1:00:00 PM com.example.Foo bar\nINFO: next"))
	for _, line := range []string{"Nov 22, 2026 10:00:00 AM it is", "Nov 22, 2026 10:00:00 com.example.Foo bar", "Nov 22 10:00:00 node-1 sshd[1]: x", "Now 22, 2026 10:00:00 AM a b"} {
		alone(t, line, "next", "SEVERE: x")
	}
	expects(t, "+Nov 22, 2026 10:00:00 AM com.example.Foo bar\n-SEVERE: failed")
}
