package command

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// Every problem, in both formats. A row is the edits of a configuration without
// a problem, the places of the problems, and parts of their texts.
func TestCheck(t *testing.T) {
	const second = "in2.name=cpu in2.tag=other in2.storage.type=filesystem out2.name=k8slog out2.match=other out2.backend=stdout out2.workers=2 out2.retry_limit=no_limits out2.storage.total_limit_size=1G"
	for _, c := range []struct {
		edits string
		want  [][2]string
	}{
		{"", nil},

		// The options of the plugin.
		{"out.batch_byte=1MB", [][2]string{{"out.batch_byte", "there is no option batch_byte; did you mean batch_bytes?"}}},
		{"out.rate_limit_bye=pod", [][2]string{{"out.rate_limit_bye", "did you mean rate_limit_by?"}}},
		{"out.wholly_unknown=1", [][2]string{{"out.wholly_unknown", "there is no option wholly_unknown"}}},
		{"out.backend+=file", [][2]string{{"out.backend", "option backend stands twice; the first counts: remove the other"}}},
		{"out.workers+=4", [][2]string{{"out.workers", "option workers stands twice; the last counts"}}},
		{"out.batch_wait=1h", [][2]string{{"out.batch_wait", `option batch_wait: "1h" is out of range`}}},
		{"out.batch_wait=1h out.join_wait=soon", [][2]string{{"out.batch_wait", "out of range"}, {"out.join_wait", "is not a duration"}}},
		{"out.file_path=/x", [][2]string{{"out.file_path", "option file_path has no effect with backend loki"}}},
		{"out.backend=", [][2]string{{"out", "option backend: must be set"}}},
		{"out.backend=lokii", [][2]string{{"out.backend", `option backend: "lokii" is not one of the choices`}}},
		{"out.backend= out.batch_wait=1h in.db=", [][2]string{{"out", "option backend: must be set"}, {"out.batch_wait", "out of range"}, {"in", "no db"}}},
		{"out.endpoint=", [][2]string{{"out", "option endpoint: must be set for backend loki"}}},
		{"out.endpoint=${K8SLOG_TEST_UNSET}", [][2]string{{"out.endpoint", "must be set for backend loki; allowed: http:// or https:// URLs without user and password, separated by commas, as in http://loki.logging:3100; ${K8SLOG_TEST_UNSET} is not set here"}}},
		{"out.endpoint=ftp://loki out.batch_wait=1h", [][2]string{{"out.endpoint", "is not an http:// or https:// URL"}, {"out.batch_wait", "out of range"}}},
		{"out.basic_auth_user=me", [][2]string{{"out.basic_auth_user", "need each other"}}},

		// Former names.
		{"out.budget_by=pod", [][2]string{{"out.budget_by", "option budget_by is now called rate_limit_by; the former name still works"}}},
		{"out.budget_by=pods", [][2]string{{"out.budget_by", `option budget_by: "pods" is not one of the choices`}}},
		{"out.rate_limit_by=pod out.budget_by=pod", [][2]string{{"out.budget_by", "option budget_by has no effect, because rate_limit_by is set"}}},

		// Keys of Fluent Bit that do nothing for a Go plugin.
		{"out.log_level=debug out.alias=x", nil},
		{"out.tls=on", [][2]string{{"out.tls", "option tls: Fluent Bit does not start with it switched on"}}},
		{"out.tls.verify=off", [][2]string{{"out.tls.verify", "option tls.verify has no effect on k8slog: use insecure_skip_verify"}}},
		{"out.tls.ca_file=/x", [][2]string{{"out.tls.ca_file", "has no effect on k8slog: use ca_file"}}},
		{"out.tls.crt_file=/x", [][2]string{{"out.tls.crt_file", "use client_cert_file"}}},
		{"out.tls.key_file=/x", [][2]string{{"out.tls.key_file", "use client_key_file"}}},
		{"out.tls.vhost=x", [][2]string{{"out.tls.vhost", "use server_name"}}},
		{"out.tls.debug=4", [][2]string{{"out.tls.debug", "TLS is set by endpoint"}}},
		{"out.net.connect_timeout=3", [][2]string{{"out.net.connect_timeout", "use request_timeout"}}},
		{"out.net.keepalive=off", [][2]string{{"out.net.keepalive", "use connection_max_age"}}},
		{"out.net.keepalive_max_recycle=9", [][2]string{{"out.net.keepalive_max_recycle", "use connection_max_age"}}},
		{"out.net.dns.mode=TCP", [][2]string{{"out.net.dns.mode", "option net.dns.mode has no effect on k8slog"}}},
		{"out.oauth2.enable=true", [][2]string{{"out.oauth2.enable", "use authorization_file"}}},
		{"out.host=loki", [][2]string{{"out.host", "use endpoint"}}},
		{"out.port=3100", [][2]string{{"out.port", "use endpoint"}}},

		// Names that meet.
		{"out.tenant=t-{namespace|other}", [][2]string{{"out.tenant", "option tenant: the word other in t-{namespace|other} can be the name of a namespace as well"}}},
		{"out.tenant=t-{namespace|component_name}", [][2]string{{"out.tenant", "component_name in t-{namespace|component_name} can be the name of a namespace"}}},
		{"out.tenant=t-{namespace|component|no_name}", nil},

		// The journal.
		{"j.name=systemd j.tag=journald j.db=/x j.storage.type=filesystem j.strip_underscores=on", [][2]string{{"j.strip_underscores", "looks like SYSTEMD_UNIT, which any process can write, so no entry has a component"}}},
		{"j.name=systemd j.tag=journald j.db=/x j.storage.type=filesystem j.strip_underscores=off", nil},
		{"j.name=systemd j.tag=journald j.db=/x j.storage.type=filesystem j.strip_underscores=on out.match=containers", nil},

		// The path of the protocol.
		{"out.endpoint=http://loki:3100/loki/api/v1/push", [][2]string{{"out.endpoint", "contains the path of the protocol, which is appended to it"}}},
		{"out.endpoint=http://loki:3100/prefix", nil},
		{"out.backend=otlp out.endpoint=http://otel:4318/v1/logs", [][2]string{{"out.endpoint", "contains the path of the protocol"}}},
		{"out.backend=elasticsearch out.endpoint=http://es:9200/_bulk", [][2]string{{"out.endpoint", "contains the path of the protocol"}}},

		// Azure Monitor.
		{"out.backend=azure out.endpoint=https://x.westeurope-1.ingest.monitor.azure.com out.azure_dcr_id=dcr-00000000000000000000000000000000", nil},
		{"out.backend=azure out.endpoint=https://x.westeurope-1.ingest.monitor.azure.com", [][2]string{{"out", "option azure_dcr_id: must be set for backend azure"}}},
		{"out.backend=azure out.endpoint=https://x.ods.opinsights.azure.com out.azure_dcr_id=dcr-00000000000000000000000000000000", [][2]string{{"out.endpoint", "is for the HTTP Data Collector API, which is gone"}}},
		{"out.backend=azure out.endpoint=https://x.westeurope-1.ingest.monitor.azure.com out.azure_dcr_id=/subscriptions/x", [][2]string{{"out.azure_dcr_id", "is the resource ID of a rule, and not its immutable ID"}}},
		{"out.backend=azure out.endpoint=https://x.westeurope-1.ingest.monitor.azure.com out.azure_dcr_id=dcr-00000000000000000000000000000000 out.azure_stream=K8slog_CL", [][2]string{{"out.azure_stream", "is the name of a table, and not that of a stream"}}},
		{"out.backend=azure out.endpoint=https://x.westeurope-1.ingest.monitor.azure.com out.azure_dcr_id=dcr-00000000000000000000000000000000 out.azure_client_secret_file=/x", [][2]string{{"out.azure_client_secret_file", "needs azure_tenant_id and azure_client_id"}}},

		// Splunk.
		{"out.backend=splunk out.endpoint=https://splunk:8088", [][2]string{{"out.backend", "backend splunk has no token"}}},
		{"out.backend=splunk out.endpoint=https://splunk:8088 out.headers=x-y:z|authorization:Splunk-x", nil},
		{"out.backend=splunk out.endpoint=https://splunk:8088/services/collector/event out.headers=Authorization:x", [][2]string{{"out.endpoint", "contains the path of the protocol"}}},

		// Settings that decide whether logs are lost.
		{"out.workers=", [][2]string{{"out", "workers is not set"}}},
		{"out.workers=0", [][2]string{{"out.workers", "workers is not set"}}},
		{"out.workers=1", [][2]string{{"out.workers", "set workers to 2 or more"}}},
		{"out.retry_limit=", [][2]string{{"out", "retry_limit is not set"}}},
		{"out.retry_limit=5", [][2]string{{"out.retry_limit", `retry_limit is "5"`}}},
		{"out.retry_limit=no_retries", [][2]string{{"out.retry_limit", `retry_limit is "no_retries"`}}},
		{"out.retry_limit=False", nil},
		{"out.storage.total_limit_size=", [][2]string{{"out", "storage.total_limit_size is not set"}}},
		{"svc.grace=10", [][2]string{{"svc.grace", "grace of the service is 10s, and flush_deadline of the k8slog output 10s"}}},
		{"svc.grace=", [][2]string{{"svc", "grace of the service is 5s"}}},
		{"svc.grace=-1", nil},
		{"svc.grace= out.flush_deadline=4s", nil},
		{"svc.storage.checksum=on", [][2]string{{"svc.storage.checksum", "storage.checksum is on"}}},
		{"svc.storage.backlog.flush_on_shutdown=on", [][2]string{{"svc.storage.backlog.flush_on_shutdown", "remove it"}}},
		{"svc.storage.path=", [][2]string{{"in.storage.type", "the service has no storage.path"}}},
		{"in.storage.type=", [][2]string{{"in", "storage.type of this input is not filesystem"}}},
		{"in.storage.type=memory", [][2]string{{"in.storage.type", "storage.type of this input is not filesystem"}}},
		{"in.storage.type= svc.storage.inherit=on svc.storage.type=filesystem", nil},
		{"in.db=", [][2]string{{"in", "this input has no db"}}},
		{"out2.name=stdout out2.match=*", [][2]string{{"in", "this input feeds 2 outputs and has no mem_buf_limit"}}},
		{"out2.name=stdout out2.match=* in.mem_buf_limit=1k", nil},
		{"in2.name=systemd in2.tag=journal in2.storage.type=filesystem", [][2]string{{"in2", "this input has no db"}}},
		{"in2.name=cpu in2.tag=cpu", [][2]string{{"in2", "storage.type of this input is not filesystem"}}},
		{"in2.name=cpu in2.tag=cpu out.match=con*", nil},

		// An output that gets nothing, and a part of a configuration, of which nobody knows.
		{"out.match=kube.*", [][2]string{{"out.match", `match is "kube.*", which fits no input`}}},
		{"out.match= in2.name=cpu in2.tag=cpu", [][2]string{{"out", "this output has neither match nor match_regex"}}},

		// What two inputs cannot share.
		{"in2.name=tail in2.tag=b in2.path=/b in2.offset_key=offset in2.db=/x/db in.db=/x//db in2.storage.type=filesystem", [][2]string{{"in2.db", `db is "/x/db", as that of another input`}}},
		{"in2.name=tail in2.tag=b in2.path=/b in2.offset_key=offset in2.db=/x/db2 in.db=/x/db in2.storage.type=filesystem", nil},

		// Parsers in front of the plugin, which reads the runtimes' lines itself.
		{"in.parser=cri", [][2]string{{"in.parser", `parser is "cri": the plugin reads the lines of Docker and CRI itself`}}},
		{"in.parser=docker_no_time", [][2]string{{"in.parser", "needs them as they are in the file"}}},
		{"in.parser=apache", nil},
		{"in.multiline.parser=java,cri", [][2]string{{"in.multiline.parser", `multiline.parser is "java,cri"`}}},
		{"in.docker_mode=on", [][2]string{{"in.docker_mode", "docker_mode is on"}}},

		// Files among the chunks of Fluent Bit.
		{"svc.storage.path=/nowhere/buf out.dead_letter_path=/nowhere/buf", [][2]string{{"out.dead_letter_path", `option dead_letter_path: "/nowhere/buf" is in storage.path of the service`}}},
		{"svc.storage.path=/nowhere/buf out.dead_letter_path=/nowhere/buf/../buf/dead", [][2]string{{"out.dead_letter_path", "write a path outside"}}},
		{"svc.storage.path=/nowhere/buf/ out.park_path=/nowhere/buf/parked", [][2]string{{"out.park_path", "write a path outside"}}},
		{"svc.storage.path=/nowhere/buf out.dead_letter_path=/nowhere/buffer", nil},

		// What two outputs cannot share.
		{"out.status_listen=:1 out.match=c* " + second + " out2.status_listen=:2", nil},
		{"out.status_listen=off out.match=c* " + second + " out2.status_listen=off", nil},
		{"out.status_listen=:1 out.match=c* " + second + " out2.status_listen=:1", [][2]string{{"out2.status_listen", `option status_listen: ":1" is that of another k8slog output`}}},
		{"out.park_path=/nowhere/parked out.match=c* " + second + " out2.park_path=/nowhere//parked/", [][2]string{{"out2.park_path", `option park_path: "/nowhere//parked/" is that of another k8slog output`}}},
	} {
		dir := t.TempDir()
		conf := newTestConf(dir)
		conf.edit(strings.Fields(c.edits)...)
		t.Run(c.edits, func(t *testing.T) { checkBoth(t, conf, nil, c.want...) })
	}
}

// path_key and offset_key, for the inputs whose tag the output matches.
func TestCheckTailKeys(t *testing.T) {
	for _, c := range []struct {
		edits string
		want  [][2]string
	}{
		{"out.path_key=", [][2]string{{"in.path_key", `path_key is "path" in this input, and not set in the k8slog output`}}},
		{"out.offset_key=", [][2]string{{"in.offset_key", "add offset_key offset there"}}},
		{"in.path_key=", [][2]string{{"in", "this input has no path_key"}}},
		{"in.offset_key=", [][2]string{{"in", "this input has no offset_key"}}},
		{"in.path_key=file", [][2]string{{"in.path_key", `path_key is "file" in this input, and "path" in the k8slog output`}}},
		{"in.offset_key=off", [][2]string{{"in.offset_key", "write the same name in both"}}},
		{"in.path_key= out.path_key=", nil},
		{"in.offset_key= out.offset_key=", nil},

		// The ledger of the disk reads the files that tail reads.
		{"out.disk_ledger_path=/tmp/k8slog-check/ledger in.path=/logs/*.log", [][2]string{{"out", `disk_ledger_logs is "/var/log/containers/*.log", and no tail input of this output has that path`}}},
		{"out.disk_ledger_path=/tmp/k8slog-check/ledger in.path=/logs/*.log out.disk_ledger_logs=/logs/*.log", nil},
		{"out.disk_ledger_path=/tmp/k8slog-check/ledger in.path=/logs/*.log out.disk_ledger_logs=/logs/*.log in.exclude_path=/logs/a.log", [][2]string{{"out", `disk_ledger_exclude is "", and the tail input`}}},
		{"out.disk_ledger_path=/tmp/k8slog-check/ledger in.offset_key= out.offset_key=", [][2]string{{"out.disk_ledger_path", "needs path_key and offset_key"}}},
		// The tag tells the file, and the key is of no input.
		{"in.path_key= in.tag=kube.*", [][2]string{{"out.path_key", "no tail input of this output has it"}}},
		{"in.path_key= in.tag=kube.* out.path_key=", nil},
		{"in.path_key= in.path=/var/log/one.log", [][2]string{{"out.path_key", "no tail input of this output has it"}}},
		{"in.path_key= in.path=/var/log/one.log,/var/log/two.log", [][2]string{{"in", "this input has no path_key"}}},
		// A second input, of one file.
		{"in2.name=tail in2.tag=component.salt in2.path=/var/log/salt in2.db=/x in2.storage.type=filesystem in2.offset_key=offset", nil},
		{"in2.name=tail in2.tag=component.salt in2.path=/var/log/salt in2.db=/x in2.storage.type=filesystem", [][2]string{{"in2", "this input has no offset_key"}}},
		// What the output does not get is no concern of it.
		{"out.path_key= out.match=other.*", [][2]string{{"out.match", "which fits no input, so the output gets no record: the tags are containers"}}},
		{"out.path_key= out.match=conta*ers", [][2]string{{"in.path_key", "path_key"}}},
		{"out.path_key= out.match=kube.*.web in.tag=kube.*", [][2]string{{"out.match", "which fits no input, so the output gets no record: the tags are kube.var.log.containers.*.log"}}},
		{"out.path_key= out.match=kube.var.log.containers.web* in.tag=kube.*", [][2]string{{"in.path_key", "path_key"}}},
		{"out.path_key= out.match=pods.shop.* in.tag=pods.<namespace>.<pod>", [][2]string{{"in.path_key", "path_key"}}},
		{"out.path_key= out.match=tail.0 in.tag=", [][2]string{{"in.path_key", "path_key"}}},
		{"out.path_key= out.match=tail.1 in.tag=", [][2]string{{"out.match", "which fits no input, so the output gets no record: the tags are tail.0"}}},
		{"out.path_key= out.match= out.match_regex=^cont.*s$", [][2]string{{"in.path_key", "path_key"}}},
		{"out.path_key= out.match= out.match_regex=tainers", [][2]string{{"out.match_regex", "which fits no input"}}},
		{"out.path_key= out.match= out.match_regex=kube\\.var.*_shop_ in.tag=kube.*", [][2]string{{"in.path_key", "path_key"}}},
		{"out.path_key= out.match= out.match_regex=^(?!system) in.tag=kube.*", nil}, // unknown to Go
		{"out.path_key= out.match=", [][2]string{{"in.path_key", "path_key"}}},      // one input, one output
		{"out.path_key= out.match=new filter.name=rewrite_tag filter.match=*", nil},
	} {
		conf := newTestConf(t.TempDir())
		conf.edit(strings.Fields(c.edits)...)
		t.Run(c.edits, func(t *testing.T) { checkBoth(t, conf, nil, c.want...) })
	}
}

// Fluent Bit's filter mixes the files of a tag.
func TestCheckMultiline(t *testing.T) {
	for _, c := range []struct {
		edits string
		want  [][2]string
	}{
		{"filter.name=multiline filter.match=* filter.multiline.parser=java", [][2]string{{"filter", `the filter multiline mixes the lines of different files`}}},
		{"filter.name=multiline filter.match=other", nil},
		{"filter.name=multiline filter.match=kube.* in.tag=kube.*", nil},
		{"filter.name=multiline filter.match=* in.path=/var/log/one.log", nil},
		{"filter.name=grep filter.match=*", nil},
		{"in.multiline.parser=java", nil},
		{"filter.name=multiline filter.match=* out.match=other", [][2]string{{"out.match", "which fits no input, so the output gets no record: the tags are containers"}}},
	} {
		conf := newTestConf(t.TempDir())
		conf.edit(strings.Fields(c.edits)...)
		t.Run(c.edits, func(t *testing.T) { checkBoth(t, conf, nil, c.want...) })
	}
	for _, name := range []string{"in", "out"} {
		conf := newTestConf(t.TempDir())
		conf.append(name, "processors", "{logs: [{name: multiline}]}")
		checkText(t, "a.yaml", conf.yaml(), nil, [2]string{name + ".processors", "the processor multiline mixes"})
	}
}

// Lists and mappings, which only YAML has.
func TestCheckShapes(t *testing.T) {
	for _, c := range []struct{ key, value, want string }{
		{"headers", "['X-A: b', 'X-C: d']", `option headers is a list, of which only the first value counts: write one text, as in headers: "X-Scope-OrgID: team-a | X-Source: k8slog"`},
		{"headers", "['X-A: b']", ""},
		{"headers", "{X-A: b}", "option headers is a mapping, with which Fluent Bit does not start: write one text, as in"},
		{"headers", "[{X-A: b}, {X-C: d}]", "option headers is a mapping"},
		{"headers", "[]", "option headers is an empty list"},
		{"labels", "[cluster, pod]", "option labels is a list, of which only the first value counts"},
		{"alias", "[a, b]", "option alias is a list, of which only the last value counts: write one text"},
		{"index", "{a: b}", "option index is a mapping"},
	} {
		conf := newTestConf(t.TempDir())
		conf.append("out", c.key, c.value)
		t.Run(c.key+c.value, func(t *testing.T) {
			if c.want == "" {
				checkText(t, "a.yaml", conf.yaml(), nil)
			} else {
				checkText(t, "a.yaml", conf.yaml(), nil, [2]string{"out." + c.key, c.want})
			}
		})
	}
	// Keys in camel case are those with underscores.
	conf := strings.Replace(newTestConf(t.TempDir()).yaml(), "retry_limit:", "retryLimit:", 1)
	checkText(t, "a.yaml", conf, nil)
}

// A note is no problem.
func TestCheckNotes(t *testing.T) {
	conf := newTestConf(t.TempDir())
	conf.edit("out.tenant=t-{namespace|component|node}")
	path := filepath.Join(t.TempDir(), "a.conf")
	if err := os.WriteFile(path, []byte(conf.classic()), 0o644); err != nil {
		t.Fatal(err)
	}
	at := fmt.Sprintf("%s:%d: note: option tenant writes a ", path, lineOf(conf.classic(), "out.tenant"))
	want := at + "component with component_ before its name in t-{namespace|component|node}, so that no namespace has the same name; component_name is the name alone\n" +
		at + "node with node_ before its name in t-{namespace|component|node}, so that no namespace has the same name; node_name is the name alone\n"
	if code, out, errs := command("check", path); code != done || !strings.HasPrefix(out, want) || !strings.Contains(out, "no problem found") || errs != "" {
		t.Errorf("code %d, %s%s, want %s", code, out, errs, want)
	}
	const status = "note: status_listen is not set"
	if _, out, _ := command("check", path); strings.Contains(out, status) {
		t.Error(out)
	}
	conf.edit("out.status_listen=")
	if err := os.WriteFile(path, []byte(conf.classic()), 0o644); err != nil {
		t.Fatal(err)
	}
	if code, out, _ := command("check", path); code != done || !strings.Contains(out, status) {
		t.Error(code, out)
	}
}
