package multiline

import (
	"strings"
	"testing"
)

var mysqlLinkFailure = sample(`com.mysql.cj.jdbc.exceptions.CommunicationsException: Communications link failure

The last packet sent successfully to the server was 0 milliseconds ago. The driver has not received any packets from the server.
	at com.mysql.cj.jdbc.exceptions.SQLError.createCommunicationsException(SQLError.java:174)
	at com.mysql.cj.jdbc.ConnectionImpl.createNewIO(ConnectionImpl.java:828)
Caused by: com.mysql.cj.exceptions.CJCommunicationsException: Communications link failure

The last packet sent successfully to the server was 0 milliseconds ago.
	at java.base/jdk.internal.reflect.NativeConstructorAccessorImpl.newInstance0(Native Method)
	... 12 more`)

// Messages of several lines belong to their exceptions.
func TestMessages(t *testing.T) {
	alone(t, mysqlLinkFailure, mysqlLinkFailure)
	alone(t, sample(`Exception in thread "main" java.lang.Error: multi
line
	at A.main(A.java:14)
	at A.run(A.java:15)`))
	alone(t, sample(`2026-11-22 10:00:00.000 ERROR 1 --- [main] c.e.Shop : failed
jakarta.validation.ConstraintViolationException: Validation failed for classes [com.example.Order] during persist time for groups [jakarta.validation.groups.Default, ]
List of constraint violations:[
	ConstraintViolationImpl{interpolatedMessage='must not be null', propertyPath=name, rootBeanClass=class com.example.Order}
]
	at org.hibernate.boot.beanvalidation.BeanValidationEventListener.validate(BeanValidationEventListener.java:151)`))
	alone(t, sample(`org.apache.kafka.common.errors.SerializationException: Can't deserialize data from topic [orders]: 
{
  "id": 7,
  "items": []
}
	at org.apache.kafka.connect.json.JsonDeserializer.deserialize(JsonDeserializer.java:69)`))
	alone(t, sample("PrismaClientKnownRequestError: \n"+prismaRest), sample("failed to load users PrismaClientInitializationError: \n"+prismaRest))
	alone(t, sample(`2026-11-22T10:00:00Z ERROR failed to load users PrismaClientInitializationError: 
`+prismaRest))
	alone(t, sample(`Error: Command failed: git fetch
fatal: unable to access 'https://example.com/a.git/': Could not resolve host

    at ChildProcess.exithandler (node:child_process:422:12)
    at ChildProcess.emit (node:events:518:28) {
  code: 128
}`))
	alone(t, sample(`AssertionError [ERR_ASSERTION]: Expected values to be strictly equal:
+ actual - expected

+ 1
- 2
    at Object.<anonymous> (/app/x.js:3:8)`))
	alone(t, sample(`/app/x.js:3
throw new Error('a\nb');
^

Error: a
b
    at Object.<anonymous> (/app/x.js:3:7)

Node.js v20.20.2`))
	alone(t, sample(`Unhandled exception. System.InvalidOperationException: The following constructors are ambiguous:
Void .ctor(Shop.Clock)
Void .ctor(Shop.Stock)
   at Microsoft.Extensions.DependencyInjection.ServiceLookup.CallSiteFactory.CreateConstructorCallSite(ResultCache lifetime)
   at lambda_method1(Closure , Object )`))
	alone(t, sample(`Npgsql.PostgresException (0x80004005): 42P01: relation "x" does not exist

POSITION: 15
   at Npgsql.Internal.NpgsqlConnector.ReadMessage(Boolean async)`))
}

const prismaRest = "Invalid `prisma.user.findMany()` invocation in\n/app/x.js:10:20\n\n" + `  7 app.get('/', async (req, res) => {
  8   try {
→ 10     const users = await prisma.user.findMany(
Can't reach database server at ` + "`db:5432`" + `

Please make sure your database server is running.
    at Hn.handleRequestError (/app/node_modules/@prisma/client/runtime/library.js:121:7315)
    at async /app/x.js:10:19 {
  clientVersion: '5.22.0'
}`

// What a logger wrote, or begins a text, never stands in a message; without a
// trace nothing does.
func TestNoMessages(t *testing.T) {
	heads := []string{
		"java.lang.IllegalStateException: boom", "Error: boom", "worker 3 failed: com.example.DeployException: boom",
		"2026-11-22 10:00:00 ERROR failed: com.example.DeployException: boom", "Unhandled exception. System.Exception: boom",
		"com.example.OrderRejected: boom",
	}
	frames := "\tat com.example.Foo.bar(Foo.java:12)\n\tat com.example.Foo.main(Foo.java:3)"
	for _, head := range heads {
		for _, line := range logLines {
			for _, end := range []string{"", "a line of its own"} {
				texts := []string{head, line, frames}
				switch {
				case !hard(line) && !(all.Begin([]byte(head), Container).more&weak != 0 && all.Begin([]byte(line), Container).Next([]byte("\tat com.example.Foo.bar(Foo.java:12)")) != None): // it may be a line of the message
					texts = []string{head + "\n" + line + "\n" + frames}
					if end != "" {
						texts[0] = head + "\n" + end + "\n" + line + "\n" + frames
						end = ""
					}
				case all.Begin([]byte(line), Container).Next([]byte(frames[:strings.IndexByte(frames, '\n')])) != None:
					texts = []string{head, line + "\n" + frames}
				}
				if end != "" {
					texts = append(texts[:1:1], append([]string{end}, texts[1:]...)...)
				}
				check(t, all, Container, texts...)
			}
		}
		alone(t, head, "a line of its own", "another: one", "", "the end:", "    indented")
		alone(t, head, "a line of its own", head, "a line of its own", head+"\n"+frames)
		alone(t, head, "a line of its own", "Traceback (most recent call last):\n  File \"/app/x.py\", line 3, in f\nValueError: x")
		alone(t, head, "a line of its own", "panic: boom\n\ngoroutine 1 [running]:\nmain.main()\n\t/app/main.go:8 +0x27c")
		alone(t, head, "a line of its own", "at com.example.Foo.bar(Foo.java:12)", "    at last")
	}
	// The lookahead is bounded.
	for _, most := range []struct {
		line string
		n    int
	}{{"a line of its own", maxLookahead / ofPlain}, {"  indented", maxLookahead / ofIndented}, {"INFO: late", maxLookahead / ofLogged}} {
		text := heads[0] + strings.Repeat("\n"+most.line, most.n)
		check(t, all, Container, text+"\n"+frames, "next")
		check(t, all, Container, append(strings.Split(text+"\n"+most.line, "\n"), frames)...)
	}
	// Other languages' traces hold no lines for these.
	check(t, all&^throwing, Container, heads[0], "a line of its own", "\tat com.example.Foo.bar(Foo.java:12)")
	if st := python.Begin([]byte(heads[2]), Container); st == None || st.Next([]byte("a line of its own")) != None {
		t.Errorf("behind %+v a line is held", st)
	}
}

// logLines are the beginnings of records, as loggers and servers write them.
var logLines = []string{
	ordinary[0], ordinary[1], ordinary[2], ordinary[3], ordinary[4], ordinary[5], ordinary[7], ordinary[8], ordinary[9], ordinary[10],
	`1:M 22 Nov 2026 10:00:00.123 * Ready to accept connections`,
	`2026-11-22 10:00:00.000 UTC [7] LOG:  checkpoint starting: time`,
	`10:00:00.123 [main] INFO  c.e.Foo - next`,
	`[main] INFO com.example.Foo - next`,
	`[INFO] Building shop 1.0`,
	`INFO  [main] next`,
	` INFO [main] next`,
	"\x1b[32mINFO\x1b[0m next",
	"\x1b[1m\x1b[32m22-11-2026 10:00:00\x1b[0m next",
	"\x1b[32m10:00:00\x1b[0m next",
	`DEBUG next`, `TRACE: next`, `WARN next`, `ERROR next`, `FATAL next`, `NOTICE: next`,
	`info: listening`, `Warning: late`, `[debug] next`, `level=info msg=next`,
	`info: Microsoft.Hosting.Lifetime[14]`,
	`[GIN] 2026/11/22 - 10:00:00 | 200 |    1.2ms | 10.0.0.1 | GET "/"`,
	`<6> 10:00:00 next`,
	`I, [2026-11-22T10:00:00.123456 #1]  INFO -- : next`,
	`[Nest] 7  - 11/22/2026, 10:00:00 AM     LOG [Router] next`,
}

// hard says whether a line can be in no message.
func hard(line string) bool { return kindOf(all, appendShown(nil, []byte(line))).hard }

// A line of lookahead that begins a message of its own begins it when that goes on,
// and not the message above.
func TestRestarts(t *testing.T) {
	trace := "\ncom.example.OtherException: bang\n\tat com.example.Foo.bar(Foo.java:12)"
	python := "\nTraceback (most recent call last):\n  File \"/app/x.py\", line 3, in f\nValueError: x"
	for _, head := range []string{"com.example.AException: boom", "Unhandled exception. System.Exception: boom", "com.example.OrderRejected: boom"} {
		for _, line := range []string{"ERROR failed", "ERROR:root:failed", "worker 3: ERROR failed"} {
			alone(t, head, sample(line+trace), "next")
			alone(t, head, "a line of its own", line, sample(line+python), "next")
			alone(t, head, line, "a line of its own", line+python)
		}
	}
}
