package e2e

import (
	"encoding/json"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/k8slog/k8slog/test/agent"
)

// traces are texts of several lines as programs write them, by language.
var traces = map[string]string{
	"java": `2026-11-22 10:00:00.123 ERROR [main] c.e.shop.Orders - order 7 failed
java.lang.IllegalStateException: no stock
	at com.example.shop.Stock.take(Stock.java:42)
	at com.example.shop.Orders.place(Orders.java:17)
Caused by: java.sql.SQLException: connection refused
	at org.postgresql.Driver.connect(Driver.java:9)
	... 2 more`,
	"java-message": `2026-11-22 10:00:00.123 ERROR [main] c.e.shop.Orders - order 7 failed
com.mysql.cj.jdbc.exceptions.CommunicationsException: Communications link failure

The last packet sent successfully to the server was 0 milliseconds ago. The driver has not received any packets from the server.
	at com.mysql.cj.jdbc.ConnectionImpl.createNewIO(ConnectionImpl.java:828)
	at com.example.shop.Orders.place(Orders.java:17)`,
	"java-name": `com.example.shop.OrderRejected: no stock
	at com.example.shop.Stock.take(Stock.java:42)`,
	"tomcat": `22-Nov-2026 10:00:00.000 SEVERE [http-nio-8080-exec-1] org.apache.catalina.core.StandardWrapperValve.invoke Servlet.service() threw exception
	java.lang.IllegalStateException: no stock
		at com.example.shop.Stock.take(Stock.java:42)`,
	"pydantic": `Traceback (most recent call last):
  File "/app/main.py", line 9, in run
    Order(**data)
pydantic_core._pydantic_core.ValidationError: 1 validation error for Order
items
  Field required [type=missing, input_value={}, input_type=dict]
    For further information visit https://errors.pydantic.dev/2.9/v/missing`,
	"race": `==================
WARNING: DATA RACE
Write at 0x00c0000b4018 by goroutine 7:
  main.main.func1()
      /app/main.go:9 +0x44

Previous read at 0x00c0000b4018 by main goroutine:
  main.main()
      /app/main.go:12 +0x8e
==================`,
	"prisma": "PrismaClientInitializationError: \nInvalid `prisma.order.findMany()` invocation in\n/app/x.js:10:20\n\n" +
		"→ 10     const orders = await prisma.order.findMany(\nCan't reach database server at `db:5432`\n" +
		"    at Hn.handleRequestError (/app/node_modules/@prisma/client/runtime/library.js:121:7315) {\n  clientVersion: '5.22.0'\n}",
	"npgsql": `Unhandled exception. Npgsql.PostgresException (0x80004005): 28P01: password authentication failed for user "a"
   at Npgsql.PoolingDataSource.Get(NpgsqlConnection conn)
  Exception data:
    Severity: FATAL
    SqlState: 28P01`,
	"python": `Traceback (most recent call last):
  File "/app/main.py", line 3, in <module>
    run()
  File "/app/main.py", line 9, in run
    raise ValueError("bad")
ValueError: bad`,
	"go": `panic: runtime error: invalid memory address or nil pointer dereference
[signal SIGSEGV: segmentation violation code=0x1 addr=0x0 pc=0x47f1a2]

goroutine 1 [running]:
main.run(...)
	/src/main.go:12
main.main()
	/src/main.go:7 +0x1d
exit status 2`,
	"node": `TypeError: Cannot read properties of undefined (reading 'id')
    at handler (/app/server.js:12:9)
    at Layer.handle (/app/node_modules/express/lib/router/layer.js:95:5)`,
	"dotnet": `Unhandled exception. System.InvalidOperationException: nothing here
   at Shop.Orders.Place() in /src/Orders.cs:line 17
   at Shop.Program.Main(String[] args) in /src/Program.cs:line 5`,
	"ruby": `app.rb:3:in 'run': bad value (ArgumentError)
	from app.rb:9:in '<main>'`,
	"php": `PHP Fatal error:  Uncaught Exception: bad in /app/index.php:3
Stack trace:
#0 /app/index.php(9): run()
#1 {main}
  thrown in /app/index.php on line 3`,
	"klog": `E1122 10:00:00.123456       1 server.go:302] "apiserver panicked" err=<
	runtime error: index out of range
	goroutine 7
 >`,
}

// Traces of every language, as docker's lines and CRI's, between other lines:
// one record each, through the shipped configuration.
func TestTraces(t *testing.T) {
	eachAgent(t, func(t *testing.T, a agent.Agent) {
		dir := t.TempDir()
		want := map[string][]string{}
		total := 0
		for language, trace := range traces {
			for _, docker := range []bool{true, false} {
				pod := fmt.Sprintf("%s-%t", language, docker)
				var file strings.Builder
				for i := range 3 {
					// The exception has no trace: what follows it is not its message.
					texts := []string{fmt.Sprintf("request %d is handled", i), trace, "java.lang.IllegalStateException: no stock", "the client is gone"}
					want[pod] = append(want[pod], texts...)
					for line := range strings.SplitSeq(strings.Join(texts, "\n"), "\n") {
						file.WriteString(containerLine(docker, line))
					}
				}
				want[pod] = append(want[pod], "done")
				file.WriteString(containerLine(docker, "done"))
				total += len(want[pod])
				write(t, filepath.Join(dir, "node/var/log/containers", pod+"_shop_web-"+id64+".log"), file.String())
			}
		}
		path := filepath.Join(dir, "records")
		s := runShipped(t, a, dir, "fluent-bit.conf", "K8SLOG_BACKEND=file", "K8SLOG_FILE_PATH="+path)
		s.eventually("all records", func() bool { return countLines(path) >= total })
		s.stop()
		got := map[string][]string{}
		for _, r := range records(t, path) {
			if r.Partial || r.Undecoded {
				t.Errorf("%.60q is flagged", *r.Log)
			}
			pod := fmt.Sprint(r.Kubernetes["pod_name"])
			got[pod] = append(got[pod], *r.Log)
		}
		sameTexts(t, got, want)
	})
}

func containerLine(docker bool, text string) string {
	if !docker {
		return "2026-11-22T10:00:00.5Z stderr F " + text + "\n"
	}
	quoted, err := json.Marshal(text + "\n")
	if err != nil {
		panic(err)
	}
	return fmt.Sprintf(`{"log":%s,"stream":"stderr","time":"2026-11-22T10:00:00.5Z"}`+"\n", quoted)
}
