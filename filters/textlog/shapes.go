package textlog

import "github.com/k8slog/k8slog/filters"

// php are the words of PHP (main/main.c, php_error_cb), which also come behind a time.
var php = []shape{
	{pattern: "PHP {=Fatal error}:  ", level: filters.Fatal},
	{pattern: "PHP {=Parse error}:  ", level: filters.Error},
	{pattern: "PHP {=Recoverable fatal error}:  ", level: filters.Error},
	{pattern: "PHP {=Warning}:  ", level: filters.Warn},
	{pattern: "PHP {=Notice}:  ", level: filters.Notice},
	{pattern: "PHP {=Deprecated}:  ", level: filters.Info},
}

// untimed are headers without a time before the level. They begin with the text, behind
// its blanks.
var untimed = newShapes(php, []shape{
	// A process before the header of its line.
	{pattern: "({name} pid={n}) {header}"},            // vLLM, Ray
	{pattern: "({name} pid={n}, ip={text}) {header}"}, // Ray
	{pattern: "({name}, ip={text}) {header}"},         // Ray
	{pattern: "({name}) {header}[2"},                  // Ray
	{pattern: "[{name}] {header}time="},               // Longhorn
	{pattern: "[{name}] {header}ts="},
	{pattern: "[APP]{header}time="},         // Skipper
	{pattern: "[rank{n}]:{header}["},        // PyTorch
	{pattern: "[{n},{n}]<stdout>:{header}"}, // MPI
	{pattern: "[{n},{n}]<stderr>:{header}"}, // MPI
	{pattern: "worker-{n}: {header}[2"},     // DeepSpeed

	// A level in brackets, with more beside it.
	{pattern: "[{LEVEL} {name} ({n})] "}, // tini
	{pattern: "[{LEVEL}  {word}] "},      // env_logger
	{pattern: "[{LEVEL} {word}::{text}] "},
	{pattern: "[{LEVEL}|{time}] "},
	{pattern: "[{LEVEL} - {time}] "},
	{pattern: "[{LEVEL} {word}]: "},                    // kubeadm
	{pattern: "[{LEVEL}|{name}:{n}] {time}"},           // Transformers
	{pattern: "[{LEVEL}:{n}@{n}.{n}] "},                // OpenCV
	{pattern: "[ {LEVEL}:{n}@{n}.{n}] "},               // OpenCV
	{pattern: "[{name} {time} {LEVEL} "},               // GitHub's runner
	{pattern: "[{n}:{n}:{n}/{n}.{n}:{LEVEL}:{text}] "}, // Chromium
	{pattern: "[{n}/{n}.{n}:{LEVEL}:{text}] "},         // Chromium
	{pattern: "[{name}:{level},{time},"},               // Couchbase
	{pattern: "[{letter}{n} {time} {text}:{n}] "},      // PyTorch
	{pattern: "[{letter} {name}:{n}] {any}: "},         // PyTorch before 2.2
	{pattern: "[{=AUDIT}   ] ", level: filters.Notice}, // Liberty

	// A name, or a number, before a level.
	{pattern: "{word} - {LEVEL} - "}, // Python
	{pattern: "[{word}] {LEVEL}: "},
	{pattern: "[{word}] {letter} {time} "},                             // S3Proxy
	{pattern: "{word} | {time} | [{level}] "},                          // Foundry
	{pattern: "{LEVEL} : {word} , {n}> "},                              // Project Zomboid
	{pattern: "{n}-{n}-{n}-{n}.{n}.{n}.{n}+{n} {name} LEVEL: {Level}"}, // Db2
	{pattern: "<Source>EventLog</Source><Time>{text}</Time><LogEntry><Channel>{text}</Channel><Level>{Level}</Level>"}, // Windows' LogMonitor
	{pattern: "[{name}:{n}] {level} @{time}> "},                            // Dancer
	{pattern: "[{name}] › {symbol} {level} "},                              // signale
	{pattern: "[{n}/{n}/{n}] [{time}] [{text}] › {symbol} {level} "},       // Nginx Proxy Manager
	{pattern: "[{n}.{n}.{n}-{n}.{n}.{n}:{n}][{text}]Log{name}: {Level}: "}, // Unreal
	{pattern: "{n}:{time} {name}:{name}:{name}[{LEVEL}]:-"},                // Greenplum
	{pattern: "{n}({n}) {LEVEL}: "},                                        // Kamailio
	{pattern: "{n}: ({n}): {LEVEL}: "},                                     // coturn
	{pattern: "{n} [{text}] {LEVEL} {name} - "},                            // log4j's TTCCLayout
	{pattern: "{n}\t{name}\t{LEVEL}\t"},                                    // geckodriver
	{pattern: "{n}.{n}e+09\t{LEVEL}\t"},                                    // zap's console encoder with numbers for times
	{pattern: "{n}.{n}e+09\t{level}\t"},
	{pattern: "{time}\t{LEVEL}\t"},
	{pattern: "{time}\t{level}\t"},
	{pattern: "{name}[{n}]: {LEVEL}:"},              // what writes to syslog and stderr
	{pattern: "{name}:{n}:{n} [{n}] NCCL {LEVEL} "}, // NCCL
	{pattern: "{name}:{level} {time}"},              // Zigbee2MQTT
	{pattern: "prisma:{level} "},                    // Prisma
	{pattern: "nginx: [{level}] "},                  // nginx before it has a log
	{pattern: "angie: [{level}] "},
	{pattern: "openresty: [{level}] "},
	{pattern: "mysql: [{any}] "}, // MySQL's programs
	{pattern: "mysql{name}: [{any}] "},
	{pattern: "mariadb-{name}: [{any}] "},

	// A level before what only a logger writes.
	{pattern: "[{n},{n},{time},{LEVEL}] "}, // EventStoreDB
	{pattern: "[ {n},{n},{time},{LEVEL}] "},
	{pattern: "[{=Err}] [{name}:{n}] ", level: filters.Error}, // Gazebo
	{pattern: "[{=Wrn}] [{name}:{n}] ", level: filters.Warn},
	{pattern: "<{letter}>{time} "},           // Mumble
	{pattern: "{LEVEL} | {text}| {time} | "}, // Tanuki's wrapper
	{pattern: "({letter}) {time} - "},        // qBittorrent
	{pattern: "{letter} {time} "},
	{pattern: "{letter}0000 00:00:{n}.{n} {n} {text}:{n}] "}, // Abseil, before its flags are read
	{pattern: "({LEVEL}) {time}"},
	{pattern: "{LEVEL} ({time}"},
	{pattern: "{LEVEL}: [{time}"},
	{pattern: "{LEVEL}|{time}"},
	{pattern: "{LEVEL} {time}"},
	{pattern: "{LEVEL}::{time}"},
	{pattern: "{level}: {time} "},
	{pattern: "{letter}[{time}] "},                         // Tendermint
	{pattern: "{LEVEL} {n} {time}"},                        // EdgeDB
	{pattern: "{LEVEL} StatusLogger "},                     // log4j
	{pattern: "{LEVEL} StatusConsoleListener "},            // log4j
	{pattern: "{level} [{time}"},                           // Mattermost
	{pattern: "{=NOT} {time} ", level: filters.Notice},     // Nimbus
	{pattern: "{=error}[E{n}]: ", level: filters.Error},    // rustc
	{pattern: "{=ERR_PNPM}_", level: filters.Error},        // pnpm
	{pattern: "{=Error}: /Stage[", level: filters.Error},   // Puppet
	{pattern: "{=Warning}: /Stage[", level: filters.Warn},  // Puppet
	{pattern: "{=Notice}: /Stage[", level: filters.Notice}, // Puppet
	{pattern: "{=Info}: /Stage[", level: filters.Info},     // Puppet
	{pattern: "{=Notice}: Compiled catalog for ", level: filters.Notice},
	{pattern: "{=Notice}: Applied catalog in ", level: filters.Notice},
	{pattern: "{=Info}: Applying configuration version ", level: filters.Info},
	{pattern: "{=Info}: Caching catalog for ", level: filters.Info},

	// The words of the JVM, SLF4J, npm, and Erlang's older logger.
	{pattern: "OpenJDK 64-Bit Server VM {=warning}: ", level: filters.Warn},
	{pattern: "Java HotSpot(TM) 64-Bit Server VM {=warning}: ", level: filters.Warn},
	{pattern: "SLF4J({=E}): ", level: filters.Error},
	{pattern: "SLF4J({=W}): ", level: filters.Warn},
	{pattern: "SLF4J({=I}): ", level: filters.Info},
	{pattern: "log4j:{LEVEL} "},
	{pattern: "npm {=ERR!}", level: filters.Error},
	{pattern: "gyp {=ERR!}", level: filters.Error},
	{pattern: "lerna {=ERR!}", level: filters.Error},
	{pattern: "npm {=error} ", level: filters.Error},
	{pattern: "npm {=WARN} ", level: filters.Warn},
	{pattern: "npm {=warn} ", level: filters.Warn},
	{pattern: "npm {=notice}", level: filters.Notice},
	{pattern: "npm {=info} ", level: filters.Info},
	{pattern: "npm {=http} ", level: filters.Debug},
	{pattern: "npm {=verb} ", level: filters.Debug},
	{pattern: "npm {=sill} ", level: filters.Trace},
	{pattern: "={LEVEL} REPORT===="},
	{pattern: "={=CRASH} REPORT====", level: filters.Error},
	{pattern: "={=SUPERVISOR} REPORT====", level: filters.Error},
})

// timed are headers behind a time, and blanks.
var timed = newShapes(php, []shape{
	{pattern: ": {name} pid {n}: {LEVEL}:  "}, // pgpool
	{pattern: ": {name} {name} pid {n}: {LEVEL}:  "},
	{pattern: ": pid {n}: {LEVEL}:  "},
	{pattern: ":{text}:{text}:[{n}]:{LEVEL}:  "}, // PostgreSQL on RDS
	{pattern: ": {code}: "},                      // IBM ACE
	{pattern: "{code}: "},                        // IBM MQ
	{pattern: ", {n}.{n}, {Level}, "},            // Sysdig
	{pattern: "<local{n}.{level}> "},             // Solace
	{pattern: "{=LOG3}[", level: filters.Error},  // stunnel
	{pattern: "{=LOG4}[", level: filters.Warn},
	{pattern: "{=LOG5}[", level: filters.Notice},
	{pattern: "{=LOG6}[", level: filters.Info},
	{pattern: "{=LOG7}[", level: filters.Debug},
	{pattern: "{name} {n} [{name} {LEVEL} {name}] "},   // Ceph's manager
	{pattern: "{word} {LEVEL} [{hex}] "},               // MySQL Router
	{pattern: "{letter} [{word}:{n}] "},                // Predixy
	{pattern: "{level} [{word} {word}] ({word}) "},     // Odyssey
	{pattern: "{n}.{n} {=ERR} ", level: filters.Error}, // 7 Days to Die
	{pattern: "{n}.{n} {=WRN} ", level: filters.Warn},
	{pattern: "{n}.{n} {=INF} ", level: filters.Info},
	{pattern: "({n}): {LEVEL}: "},              // coturn
	{pattern: "@{n}/{level} - "},               // i2pd
	{pattern: "▶ {LEVEL} "},                    // KrakenD
	{pattern: "{name} ▶ {LEVEL} "},             // go-logging
	{pattern: "- {name}[{LEVEL}]: "},           // cloud-init
	{pattern: "app[{name}] {name} [{level}] "}, // Fly.io
	{pattern: "{name}:{LEVEL}:"},               // mediasoup
	{pattern: "- LiteLLM:{LEVEL}: "},
	{pattern: "- LiteLLM {name}:{LEVEL}: "},
	{pattern: "0000{n} {name} {LEVEL} "},           // TDengine
	{pattern: "{n} {name} {LEVEL} ["},              // KServe
	{pattern: "[{name}] {name} -> {LEVEL} {name}"}, // Hyperledger Fabric
	{pattern: "({LEVEL}) "},
	{pattern: "{letter}/{name}({text}): "},    // Android
	{pattern: "[{letter}|"},                   // Foreman
	{pattern: "{name} {n}.{n}.{n} {LEVEL}: "}, // Emissary
	{pattern: "{name} {n}.{n}.{n} [{text}] {LEVEL}: "},
	{pattern: "{name} [{text}] {n}.{n}.{n} {LEVEL}: "},
	{pattern: "KRAKEND {LEVEL}: "},
	{pattern: "{=WAR} [", level: filters.Warn}, // MediaMTX
	{pattern: "{=DEB} [", level: filters.Debug},
	{pattern: "main.{LEVEL} "},     // goofys
	{pattern: "master: {Level}: "}, // Dovecot
	{pattern: "auth-worker({text}): {Level}: "},
	{pattern: "imap-login: {Level}: "},
	{pattern: "pop3-login: {Level}: "},
	{pattern: "managesieve-login: {Level}: "},
	{pattern: "imap({text})<{n}><{text}>: {Level}: "},
	{pattern: "lmtp({text})<{n}><{text}>: {Level}: "},
})

// boxed are headers behind a time in brackets, and blanks.
var boxed = newShapes(php, []shape{
	{pattern: "{name}:{LEVEL}:"},
	{pattern: "{level}/{name}: "},                 // Icinga
	{pattern: "{name}/{LEVEL}/{name}: "},          // Locust
	{pattern: "▶ {LEVEL} "},                       // go-logging
	{pattern: "<{word}> {LEVEL} {word} - "},       // UniFi
	{pattern: "[{text}] {word}:{n} UCX {LEVEL} "}, // UCX
	{pattern: "{letter} [MSGID: {n}] ["},          // GlusterFS
	{pattern: "{letter} [{name}:{n}:{name}] "},
	{pattern: "{letter} [{name}:{n}] "}, // OvenMediaEngine
	{pattern: "[.{level}] "},            // MongoDB's agents
	{pattern: "[header.{level}] "},
	{pattern: "({LEVEL}) "},
	{pattern: "({=wrn}) ", level: filters.Warn},  // Ignite
	{pattern: "({=err}) ", level: filters.Error}, // Ignite
	{pattern: "› {symbol} {level} "},             // signale
	{pattern: "[{text}] › {symbol} {level} "},
	{pattern: "{hex} {name} {=A} ", level: filters.Notice}, // WebSphere, Liberty
	{pattern: "{hex} {name} {=F} ", level: filters.Fatal},
	{pattern: "{hex} {name} {=E} ", level: filters.Error},
	{pattern: "{hex} {name} {=W} ", level: filters.Warn},
	{pattern: "{hex} {name} {=I}   ", level: filters.Info},
	{pattern: "{hex} {name} I {code}: "},
})
