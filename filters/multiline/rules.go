package multiline

// rules are the tables of all languages, compiled.
var rules = compile(tables...)

var tables = []table{
	levelRules, headerRules, springRules, structlogRules, zapRules,
	throwableRules, namingRules,
	javaRules, javaDumpRules,
	dotnetRules, dotnetConsoleRules,
	nodeRules, nodeFatalRules, pinoRules,
	pythonRules, pythonLogRules, pythonBoxRules,
	goRules, goRaceRules, ginRules,
	rubyRules, railsRules,
	phpRules,
	klogRules, saltRules,
}
