package multiline

// What InnoDB writes of an assertion, and the slow query log
// (https://dev.mysql.com/doc/refman/8.4/en/slow-query-log.html):
//
//	# Time: 2026-11-22T10:00:00.123456Z
//	# User@Host: app[app] @  [10.0.0.1]  Id:    12
//	# Query_time: 2.000123  Lock_time: 0.000012 Rows_sent: 1  Rows_examined: 100000
//	SET timestamp=1763805600;
//	SELECT * FROM orders;
var mysqlRules = table{others, []rule{
	{levels + " innodb", Starts("InnoDB: "), "innodb"},

	// Its report of a deadlock.
	{"first", Ends("[InnoDB] "), "innodbHead"},
	{"first", Ends(") TRANSACTION:", ") HOLDS THE LOCK(S):", ") WAITING FOR THIS LOCK TO BE GRANTED:").Has("[InnoDB] *** ("), "innodbLock"},
	{"innodbHead innodbLock", Starts("*** ("), "innodbLock"},
	{"innodbLock", Starts("TRANSACTION ", "mysql tables in use ", "LOCK WAIT ", "MySQL thread id ", "MariaDB thread id ", "RECORD LOCKS ", "Record lock, ", " "), "innodbLock"},
	{"innodbLock", Has(" lock struct(s), "), "innodbLock"},
	{"innodbLock", Func(isSQLLine), "innodbLock"},
	{"innodbLock", Blank(), "innodbLock"},

	{"first", Starts("# Time: ").If(isSlowTime), "slowHead"},
	{"first slowHead", Starts("# User@Host: ").Has(" @ "), "slowHead"},
	{"slowHead", Starts("# "), "slowHead"},
	{"slowHead", Starts("use ").Ends(";"), "slowHead"},
	{"slowHead", Starts("SET timestamp=").Ends(";"), "slow"},
	{"slow slowAhead", Ends(";"), "closed"},
	{"slow slowAhead", Message(), "slowAhead"},

	// Jsonnet.
	{"first", Starts("RUNTIME ERROR: "), "jsonnet"},
	{"jsonnet", Starts("\t"), "jsonnet"},
}}

// isSlowTime looks behind "# Time: ": "2026-11-22T10:00:00.123456Z", and "261122 10:00:00" of
// MariaDB.
func isSlowTime(text []byte) bool {
	return shaped(text, "####-##-##T##:##:##") || shaped(text, "###### ##:##:##") || shaped(text, "######  #:##:##")
}
