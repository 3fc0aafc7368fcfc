package multiline

import (
	"slices"
	"strings"
	"testing"
)

// programs are logs and outputs in which no two lines belong together, or none
// that could be known to.
var programs = map[string]string{
	"redis": `1:C 22 Nov 2026 10:00:00.000 # oO0OoO0OoO0Oo Redis is starting oO0OoO0OoO0Oo
1:C 22 Nov 2026 10:00:00.000 # Warning: no config file specified, using the default config.
                _._
           _.-''__''-._
  .-'' .-'''.  '''\/    _.,_ ''-._
1:M 22 Nov 2026 10:00:00.000 # Server initialized
1:M 22 Nov 2026 10:00:00.000 * Ready to accept connections`,
	"mysql": `2026-11-22T10:00:00.000000Z 0 [Warning] [MY-010068] [Server] CA certificate ca.pem is self signed.
2026-11-22T10:00:00.000000Z 0 [ERROR] [MY-010119] [Server] Aborting
2026-11-22T10:00:00.000000Z 0 [System] [MY-010931] [Server] ready for connections. Version: '8.0.36'  port: 3306`,
	"sql": `-- PostgreSQL database dump
SET statement_timeout = 0;
SELECT pg_catalog.set_config('search_path', '', false);

CREATE TABLE public.orders (
    id integer NOT NULL,
    note character varying(255) DEFAULT 'Error: none'::character varying
);
INSERT INTO orders VALUES (1, 'java.lang.Error: x');
psql:a.sql:3: ERROR:  relation "orders" already exists
DETAIL:  Key (id)=(1) already exists.
ERROR 1064 (42000) at line 3: You have an error in your SQL syntax`,
	"yaml": `apiVersion: v1
kind: Event
metadata:
  name: web-1.17a
  annotations:
    description: "Error: x"
message: 'Back-off restarting failed container'
reason: BackOff
spec:
  - at: 10:00
    from: kubelet
---
items: []`,
	"json": `[info]
  {
{ "error": "Error: x" }
  "stack": "at a.b.C(D.java:1)"
]
{`,
	"blocks": `if (x) {
    y();
}
server {
    listen 80;
}
resource "a" "b" {
  name = "x"
}
function f() {
  return 1
}`,
	"events": `LAST SEEN   TYPE      REASON             OBJECT      MESSAGE
3m          Warning   FailedScheduling   pod/web-1   0/3 nodes are available: 3 Insufficient memory.
2m          Normal    Pulled             pod/web-1   Successfully pulled image "nginx"
1m          Warning   Unhealthy          pod/web-1   Readiness probe failed: Get "http://10.0.0.1/": EOF`,
	"maven": `[INFO] Scanning for projects...
[INFO] --------------------------< com.example:shop >---------------------------
[WARNING] Using platform encoding
[ERROR] Failed to execute goal org.apache.maven.plugins:maven-compiler-plugin:3.11.0:compile (default-compile) on project shop: Compilation failure
[ERROR] /src/main/java/Shop.java:[3,5] cannot find symbol
[ERROR]   symbol:   class Order
[INFO] BUILD FAILURE
Downloading from central: https://repo.maven.apache.org/maven2/org/a/b/1.0/b-1.0.pom
Tests run: 3, Failures: 0, Errors: 1, Skipped: 0`,
	"gradle": `> Task :compileJava FAILED
/src/main/java/Shop.java:3: error: cannot find symbol
        Order order;
        ^
  symbol:   class Order
  location: class Shop
1 error
FAILURE: Build failed with an exception.
* What went wrong:
Execution failed for task ':compileJava'.
BUILD FAILED in 2s`,
	"npm": `npm warn deprecated rimraf@3.0.2: Rimraf versions prior to v4 are no longer supported
npm error code ENOENT
npm error syscall open
npm error path /app/package.json
added 3 packages in 2s
> shop@1.0.0 start
> node server.js
Server listening on http://localhost:3000`,
	"pip": `Collecting requests
  Downloading requests-2.32.3-py3-none-any.whl (64 kB)
ERROR: Could not find a version that satisfies the requirement x (from versions: none)
ERROR: No matching distribution found for x`,
	"make": `gcc -c main.c
main.c:3:5: error: 'x' undeclared (first use in this function)
    3 |     x = 1;
      |     ^
main.c:3:5: note: each undeclared identifier is reported only once
make: *** [Makefile:3: main.o] Error 1`,
	"spring": `  .   ____          _            __ _ _
 /\\ / ___'_ __ _ _(_)_ __  __ _ \ \ \ \
( ( )\___ | '_ | '_| | '_ \/ _' | \ \ \ \
 =========|_|==============|___/=/_/_/_/
 :: Spring Boot ::                (v3.3.0)

2026-11-22T10:00:00.000Z  INFO 1 --- [main] c.e.Shop : Starting Shop`,
	"servers": `[2026-11-22 10:00:00.000][7][critical][main] [source/server/server.cc:131] error initializing configuration: unable to read file: /etc/envoy.yaml
[notice] 1#1: start worker processes
AH00558: httpd: Could not reliably determine the server's fully qualified domain name
[Sun Nov 22 10:00:00.000000 2026] [mpm_event:notice] [pid 1:tid 1] AH00489: Apache/2.4.62 configured
Nov 22 10:00:00 node-1 haproxy[7]: 10.0.0.1:5000 [22/Nov/2026:10:00:00.000] front back/web 0/0/1/2/3 500 0 - - ---- 1/1/0/0/0 0/0 "GET / HTTP/1.1"
.:53
[ERROR] plugin/errors: 2 example.com. A: read udp 10.0.0.1:5000->10.0.0.2:53: i/o timeout
10.0.0.1 - - [22/Nov/2026:10:00:00 +0000] "GET /x HTTP/1.1" 404 19 "-" "-" 7 "web@docker" "http://10.0.0.2:80" 1ms
[22-Nov-2026 10:00:00] NOTICE: fpm is running, pid 1
[22-Nov-2026 10:00:00] WARNING: [pool www] server reached max_children setting (5), consider raising it`,
	"tables": `CONTAINER ID   IMAGE     COMMAND
0123456789ab   nginx     "nginx -g 'daemon of…"
==================
Total: 3
==================
  PID TTY          TIME CMD
    1 ?        00:00:00 sh`,
	"tests": `=== RUN   TestA
--- FAIL: TestA (0.00s)
FAIL
FAIL	example.com/a	0.003s
ok  	example.com/b	0.004s
Ran 3 tests in 0.01s
Expected: 3
Received: 4`,
}

// Nothing of them joins with anything, in their order or the other way, also
// when an exception without a trace stands before each line.
func TestPrograms(t *testing.T) {
	for name, log := range programs {
		lines := strings.Split(strings.ReplaceAll(log, "''", "``"), "\n")
		for range 2 {
			for _, set := range []Set{all, all &^ java} {
				if got := grouped(set, Container, lines, plain); !slices.Equal(got, lines) {
					t.Errorf("%s: got\n%s", name, strings.Join(got, "\n--------\n"))
				}
			}
			slices.Reverse(lines)
		}
		for _, head := range []string{
			"java.lang.IllegalStateException: boom", "Error: boom", "panic: boom", "app.rb:3:in 'f': boom (Oops)", "PHP Fatal error:  Uncaught Exception: x",
			"2026-11-22 10:00:00 ERROR failed: com.example.DeployException: boom", "com.example.OrderRejected: boom", "Shop::Rejected (no stock",
		} {
			var mixed []string
			for _, line := range lines {
				if line != "" && line[0] != ' ' {
					mixed = append(mixed, head, line, "done")
				}
			}
			if got := grouped(all, Container, mixed, plain); !slices.Equal(got, mixed) {
				t.Errorf("%s behind %s: got\n%s", name, head, strings.Join(got, "\n--------\n"))
			}
		}
	}
}
