package rules

// databasePresets are databases and queues.
var databasePresets = []presetSpec{
	{
		// https://www.postgresql.org/docs/current/runtime-config-logging.html:
		// log_line_prefix '%m [%p] ' or '%m [%p] %q%u@%d ', and jsonlog.
		name: "postgres",
		patterns: []string{
			`^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d(?:\.\d+)? \S+ \[(?P<process_id>\d+)\] (?:(?P<user_name>[^@\s]*)@(?P<database>\S*) )?` +
				`(?P<level>DEBUG\d?|INFO|NOTICE|WARNING|ERROR|LOG|FATAL|PANIC|DETAIL|HINT|QUERY|CONTEXT|STATEMENT|LOCATION):  ` +
				`(?s:duration: (?P<duration_ms>[\d.]+) ms(?:  (?:statement|parse [^:]*|bind [^:]*|execute [^:]*): (?P<statement>.*))?$|(?P<msg>.*))`,
		},
		keys: []string{
			"pid", "process_id", "user", "user_name", "dbname", "database", "error_severity", levelGroup, "message", "msg",
			"state_code", "state_code", "statement", "statement", "remote_host", "client_address", "application_name", "application",
		},
		numbers: "process_id duration_ms",
		levels:  []string{"debug*", "debug", "log", "info", "panic", "fatal"},
	},
	{
		// https://dev.mysql.com/doc/refman/8.4/en/error-log-format.html, the slow query
		// log as one message, and the error log of MariaDB.
		name: "mysql",
		patterns: []string{
			`^\d{4}-\d\d-\d\d[T ] ?\d{1,2}:\d\d:\d\d\S* (?P<thread_id>\d+) \[(?P<level>\w+)\] (?:\[(?P<error_code>MY-\d+)\] \[(?P<subsystem>\w+)\] )?(?s:(?P<msg>.*))`,
			`^(?:# Time: \S+[^\n]*\n)?# User@Host: (?P<user_name>[^\[]*)\[[^\]]*\] @ *\S* *\[(?P<client_address>[^\]]*)\][^\n]*\n(?:# [^\n]*\n)*?# Query_time: (?P<duration_seconds>[\d.]+) +Lock_time: (?P<lock_seconds>[\d.]+) +Rows_sent: (?P<rows_sent>\d+) +Rows_examined: (?P<rows_examined>\d+)[^\n]*\n` +
				`(?:# [^\n]*\n|use [^\n]*;\n|SET timestamp=\d+;\n)*(?s:(?P<statement>.*))`,
		},
		numbers: "thread_id duration_seconds lock_seconds rows_sent rows_examined",
		levels:  []string{"system", "info", "note", "info", "warning", "warn", "error", "error"},
	},
	{
		// https://github.com/redis/redis/blob/unstable/src/server.c: serverLogRaw. Valkey
		// has the same format.
		name:     "redis",
		patterns: []string{`^(?P<process_id>\d+):(?P<role>[XCMS]) \d{1,2} \w{3} \d{4} \d\d:\d\d:\d\d\.\d{3} (?P<level>[.*#-]) (?P<msg>.*)`},
		numbers:  "process_id",
		levels:   []string{".", "debug", "-", "info", "#", "warn", "*", "notice"},
	},
	{
		// https://www.mongodb.com/docs/manual/reference/log-messages/
		name: "mongodb",
		keys: []string{
			"s", levelGroup, "c", "subsystem", "id", "message_id", "ctx", "context", "msg", "msg",
			"attr.remote", "client_address", "attr.ns", "collection", "attr.durationMillis", "duration_ms", "attr.error.errmsg", "error_message",
		},
		numbers: "message_id duration_ms",
		levels:  []string{"f", "fatal", "e", "error", "w", "warn", "i", "info", "d*", "debug"},
	},
	{
		// https://github.com/apache/kafka/blob/trunk/config/log4j2.yaml: [%d] %p %m (%c)%n
		name:     "kafka",
		patterns: []string{`^\[\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}\] (?P<level>[A-Z]+) (?:\[(?P<context>[^\]]*)\]:? )?(?P<msg>.*) \((?P<logger>[\w.$]+)\)(?:\n|$)`},
		levels:   []string{"trace", "trace"},
	},
}
