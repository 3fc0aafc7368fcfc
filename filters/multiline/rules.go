package multiline

// rules are the tables of all languages, compiled.
var rules = compile(tables...)

var tables = []table{
	levelRules, headerRules, reportRules, springRules, structlogRules, zapRules,
	throwableRules, namingRules,
	javaRules, javaDumpRules,
	dotnetRules, dotnetConsoleRules,
	nodeRules, nodeFatalRules, pinoRules,
	pythonRules, pythonLogRules, pythonBoxRules, rayRules,
	goRules, goRaceRules, ginRules, chiRules,
	rubyRules, railsRules,
	phpRules,
	klogRules, saltRules,
	rustRules, dartRules, perlRules, erlangRules, swiftRules, rRules,
	sanitizerRules, nativeRules, powershellRules,
	haskellRules, ocamlRules, rakuRules, racketRules, prologRules, terraformRules, fluentdRules, luaRules, juliaRules, crystalRules, nimRules,
	postgresRules, objectRules,
	bannerRules, hibernateRules, configRules, tornadoRules, ansibleRules, goTestRules, blockRules,
	listRules, detailRules, emptyHeadRules, sqlRules, documentRules, htmlRules, hashicorpRules, helmRules, prismaRules, daskRules, prettyRules,
	cockroachRules, kubectlRules, symfonyRules, crashRules,
	javaServerRules, pythonToolRules, jupyterRules, pipRules, sparkPlanRules,
	goToolRules, awsRules, rustToolRules, phpToolRules, rakeRules, rubyCrashRules, mysqlRules, nodeToolRules,
	zigRules, dRules, tclRules, oracleRules, redisRules, otherRules,
}
