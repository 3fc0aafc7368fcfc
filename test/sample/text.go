package sample

import (
	"fmt"
	"time"
)

// The texts below are what each program writes: line n of it, at a time in UTC.

func nginx(n int, at time.Time) string {
	return fmt.Sprintf(`10.32.1.%d - - [%s] "GET /posts/%d?a=1&b=2 HTTP/1.1" %d %d "-" "Mozilla/5.0"`,
		n%250, at.Format("02/Jan/2006:15:04:05 -0700"), n, [...]int{200, 200, 304, 404}[n%4], n*37%9000)
}

func plain(n int, at time.Time) string {
	return fmt.Sprintf("%s [info]: following tail of /var/log/containers/file-%d.log", at.Format("2006-01-02 15:04:05 -0700"), n)
}

func klog(n int, at time.Time) string {
	return fmt.Sprintf(`%c%s       1 proxier.go:%d] Adding new service port "default/monitor:grafana-%d" at 10.59.249.194:3000/TCP`,
		"IIIIIIIWIE"[n%10], at.Format("0102 15:04:05.000000"), 100+n%900, n)
}

func etcd(n int, at time.Time) string {
	return fmt.Sprintf("%s %c | etcdserver: start to snapshot (applied: %d, lastsnap: %d)",
		at.Format("2006-01-02 15:04:05.000000"), "IIIIW"[n%5], n*1000, n)
}

func json(n int, at time.Time) string {
	return fmt.Sprintf(`{"level":"%s","ts":"%s","msg":"order %d placed","user":"名前","total":%d.50}`,
		[...]string{"info", "info", "warn", "error"}[n%4], at.Format(time.RFC3339), n, n%300)
}

func salt(n int, at time.Time) string {
	return fmt.Sprintf("%s,%03d [salt.state       ][%-8s] Completed state [pkg-%d]",
		at.Format("2006-01-02 15:04:05"), at.Nanosecond()/1e6, [...]string{"INFO", "INFO", "WARNING"}[n%3], n)
}

func startup(n int, at time.Time) string {
	return fmt.Sprintf("%s gke-blog-cluster-pool-1-767a6361-7t2r startupscript: step %d finished", at.Format(time.Stamp), n)
}

func dockerd(n int, at time.Time) string {
	return fmt.Sprintf(`time="%s" level=%s msg="Container %d failed to exit within 30 seconds of signal 15" module=libcontainerd`,
		at.Format(time.RFC3339Nano), [...]string{"info", "warning"}[n%2], n)
}
