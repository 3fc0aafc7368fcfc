package multiline

// Spring Boot tells why an application did not start
// (https://github.com/spring-projects/spring-boot/blob/main/core/spring-boot/src/main/java/org/springframework/boot/diagnostics/LoggingFailureAnalysisReporter.java):
//
//	***************************
//	APPLICATION FAILED TO START
//	***************************
//
//	Description:
//
//	Web server failed to start. Port 8080 was already in use.
//
//	Action:
//
//	Identify and stop the process that's listening on port 8080.
//
// The first paragraph of the description belongs to it; more of them only if the
// action follows. The action has one line, and a list.
var bannerRules = table{java, []rule{
	{"first levelSpringBlank levelBlank", Line(springStars), "bannerStars"},
	{"bannerStars", Line("APPLICATION FAILED TO START"), "banner"},
	{"banner", Line(springStars, "Description:"), "banner"},
	{"banner bannerText bannerAhead", Line("Action:"), "bannerAction"},
	{"banner", Blank(), "banner"},
	{"bannerText bannerAhead", Blank(), "bannerAhead"},
	{"bannerText bannerAhead", Starts("┌─", "|  ", "↑ ", "└─"), "bannerAhead"}, // a cycle is drawn
	{"banner bannerText", Message(), "bannerText"},
	{"bannerAhead", Message(), "bannerAhead"},
	{"bannerAction", Blank(), "bannerAction"},
	{"bannerAction", Message(), "bannerItems"},
	{"bannerItems", Starts("\t", "    ", "- ", "  - "), "bannerItems"},
	{"bannerItems", Blank(), "closed"},
}}

const springStars = "***************************"

// Hibernate shows a statement over lines (hibernate.format_sql).
var hibernateRules = table{java, []rule{
	{"first", Line("Hibernate:", "Hibernate: "), "block4"},
	{"first", Ends(" : ").Has(" org.hibernate.SQL "), "block4"},
	{"block4", Starts("    "), "block4"},
}}

// Kafka's clients and brokers log their configuration:
//
//	[2026-11-22 10:00:00,000] INFO KafkaConfig values:
//		advertised.listeners = null
//	 (kafka.server.KafkaConfig)
var configRules = table{java, []rule{
	{"first", Ends("Config values: "), "config"},
	{"config", Starts("\t").Has(" = "), "config"},
	{"config", Starts(" (").Ends(")"), "closed"},
	{"config", Blank(), "closed"},
}}
