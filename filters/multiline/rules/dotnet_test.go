package multiline

import "testing"

var dotnetInner = sample(`Unhandled exception. System.InvalidOperationException: outer
 ---> System.Collections.Generic.KeyNotFoundException: The given key 'a' was not present in the dictionary.
   at System.Collections.Generic.Dictionary` + "`2" + `.get_Item(TKey key)
   at Foo.Bar(String s) in /src/x.cs:line 3
   --- End of inner exception stack trace ---
   at Foo.Baz() in /src/x.cs:line 9
--- End of stack trace from previous location ---
   at Foo.Main(String[] args) in /src/x.cs:line 12
--- End of stack trace from previous location where exception was thrown ---
   at System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw()`)

func TestDotnet(t *testing.T) {
	alone(t, dotnetInner, dotnetInner)
	alone(t, sample(`System.NullReferenceException: Object reference not set to an instance of an object.
   at Foo.Bar() in /src/x.cs:line 3
   at lambda_method(Closure , Object )`))
	alone(t, sample(`System.AggregateException: One or more errors occurred. (a) (b)
 ---> System.Exception: a
   at Foo.Bar() in /src/x.cs:line 3
   --- End of inner exception stack trace ---
   at Foo.Baz() in /src/x.cs:line 9
 ---> (Inner Exception #1) System.Exception: b
   at Foo.Bar() in /src/x.cs:line 4<---
`))
	alone(t, sample(`System.Collections.Generic.KeyNotFoundException: The given key was not present in the dictionary.
  at System.Collections.Generic.Dictionary`+"`2"+`[System.String,System.Int32].get_Item (System.String key) [0x00000] in <filename unknown>:0
  at File3.Consolidator_Class.Function5 (Int32 names) [0x00007] in /another file.csharp:9`))
	for _, line := range []string{"Unhandled exception. Foo.Oops: x", "Unhandled Exception: Foo.Oops: x"} {
		alone(t, sample(line+"\n   at Foo.Bar()"))
		expects(t, "+"+line)
	}
	// A code behind the class; PostgreSQL's message; what ends the process.
	alone(t, sample(`System.Net.Sockets.SocketException (111): Connection refused
   at System.Net.Sockets.Socket.Connect(EndPoint remoteEP)`))
	alone(t, sample(`Npgsql.PostgresException (0x80004005): 42P01: relation "orders" does not exist

POSITION: 15
   at Npgsql.Internal.NpgsqlConnector.ReadMessageLong(Boolean async)`))
	alone(t, sample(`Microsoft.Data.SqlClient.SqlException (0x80131904): A network-related error occurred.
 ---> System.ComponentModel.Win32Exception (111): Unknown error 111
   at Microsoft.Data.SqlClient.SqlConnection.Open()`))
	alone(t, sample("Process terminated. Assertion failed.\n   at Shop.Orders.Load(Int32 id) in /src/Orders.cs:line 31"))
	alone(t, sample("Stack overflow.\n   at Program.F(Int32)\n   at Program.Main(System.String[])"))
	// Serilog and mono.
	alone(t, sample(`[10:00:00 ERR] HTTP GET / responded 500 in 12.3 ms
System.Exception: boom
   at Foo.Bar() in /src/x.cs:line 3`))
	alone(t, sample(`Unhandled Exception:
System.Exception: boom
  at Foo.Main () [0x00000] in <filename unknown>:0`))
}

// The console logger writes two lines or more of everything.
func TestDotnetConsole(t *testing.T) {
	alone(t, sample(`info: Microsoft.Hosting.Lifetime[14]
      Now listening on: http://[::]:8080`), sample(`fail: Microsoft.AspNetCore.Server.Kestrel[13]
      Connection id "0HN", Request id "0HN:1": An unhandled exception was thrown by the application.
      System.InvalidOperationException: boom
         at Program.<>c.<Main>b__0_0() in /src/Program.cs:line 10
      --- End of stack trace from previous location ---
         at Microsoft.AspNetCore.Server.Kestrel.Core.Internal.Http.HttpProtocol.ProcessRequests[TContext](IHttpApplication`+"`1"+` application)`), `warn: A.B[-1]
      => ConnectionId:0HN
      text`)
	for _, level := range []string{"trce", "dbug", "info", "warn", "fail", "crit"} {
		alone(t, sample(level+": A.B[0]\n      text"))
	}
	for _, line := range []string{"fail: A.B", "fail: a text [3]", "fails: A.B[3]", "info: [14]", "info: A[x]", "fail: 3]"} {
		alone(t, line, "      indented")
	}
	alone(t, `2026-11-22 10:00:00 ERROR failed`, "fail: A.B[3]\n      text")
}

func TestDotnetExpects(t *testing.T) {
	expects(t, `+Unhandled exception. System.Exception: outer
+ ---> System.Exception: inner
+   at Foo.Bar() in /src/x.cs:line 3
+   --- End of inner exception stack trace ---`)
	expects(t, `+fail: A.B[13]
-      An unhandled exception was thrown.
+      System.InvalidOperationException: boom
+         at Program.Main()`)
}

// What drivers of databases add behind the frames, and how a process ends.
func TestDotnetData(t *testing.T) {
	alone(t, sample(`Npgsql.PostgresException (0x80004005): 28P01: password authentication failed for user "a"
   at Npgsql.Internal.NpgsqlConnector.AuthenticateSASL(List`+"`1"+` mechanisms)
   at Npgsql.PoolingDataSource.Get(NpgsqlConnection conn)
  Exception data:
    Severity: FATAL
    SqlState: 28P01
    MessageText: password authentication failed for user "a"
    File: auth.c
    Line: 326
    Routine: auth_failed`), "next", "    indented")
	alone(t, sample(`System.InvalidOperationException: outer
 ---> Npgsql.PostgresException (0x80004005): 28P01: x
   at Npgsql.A.B()
  Exception data:
    Severity: FATAL
   --- End of inner exception stack trace ---
   at Foo.Bar()`))
	alone(t, sample(`Microsoft.Data.SqlClient.SqlException (0x80131904): Login failed for user 'sa'.
   at Microsoft.Data.SqlClient.SqlConnection.Open()
ClientConnectionId:7e7c1b1e-53a9-4f4f-bb33-1d7e6c2a7a1c
Error Number:18456,State:1,Class:14
ClientConnectionId before routing:7e7c1b1e-53a9-4f4f-bb33-1d7e6c2a7a1c
Routing Destination:a.example.com,1433`), "next")
	alone(t, sample(`Process terminated.
Couldn't find a valid ICU package installed on the system.

   at System.Environment.FailFast(System.String)
   at Program.Main()
`), "next")
	alone(t, sample(`Process terminated. Assertion failed.
stock must not be negative

   at Shop.Stock.Take(Int32 n) in /src/Stock.cs:line 9`))
	alone(t, sample(`Fatal error. System.AccessViolationException: Attempted to read or write protected memory.
   at Program.Main()`))
	alone(t, sample(`Fatal error.
Internal CLR error. (0x80131506)
   at System.GC.Collect()`))
	alone(t, "System.Exception: x", "  Exception data:", "    a: 1")
	alone(t, sample("System.Exception: x\n   at Foo.Bar()"), "Exception data:", "    a: 1", "Error Number: 3")
	expects(t, "+System.Exception: x\n+   at Foo.Bar()\n+  Exception data:\n+    Severity: FATAL")
}
