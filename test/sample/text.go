package sample

import "fmt"

// The texts below are what each program writes, line n of it.

func nginx(n int) string {
	return fmt.Sprintf(`10.32.1.%d - - [11/Aug/2018:03:42:05 +0000] "GET /posts/%d?a=1&b=2 HTTP/1.1" %d %d "-" "Mozilla/5.0"`,
		n%250, n, [...]int{200, 200, 304, 404}[n%4], n*37%9000)
}

func plain(n int) string {
	return fmt.Sprintf("2018-08-11 03:42:05 +0000 [info]: following tail of /var/log/containers/file-%d.log", n)
}

func klog(n int) string {
	level := "IIIIIIIWIE"[n%10]
	return fmt.Sprintf(`%c0811 03:42:%02d.%06d       1 proxier.go:%d] Adding new service port "default/monitor:grafana-%d" at 10.59.249.194:3000/TCP`,
		level, n%60, n*997%1000000, 100+n%900, n)
}

func etcd(n int) string {
	return fmt.Sprintf("2018-08-11 03:42:%02d.658698 %c | etcdserver: start to snapshot (applied: %d, lastsnap: %d)", n%60, "IIIIW"[n%5], n*1000, n)
}

func json(n int) string {
	return fmt.Sprintf(`{"level":"%s","ts":"2018-08-11T03:42:05Z","msg":"order %d placed","user":"名前","total":%d.50}`,
		[...]string{"info", "info", "warn", "error"}[n%4], n, n%300)
}

func salt(n int) string {
	return fmt.Sprintf("2018-08-11 03:42:%02d,066 [salt.state       ][%-8s] Completed state [pkg-%d] at time 03:42:05", n%60, [...]string{"INFO", "INFO", "WARNING"}[n%3], n)
}

func startup(n int) string {
	return fmt.Sprintf("Aug 11 03:42:%02d gke-blog-cluster-pool-1-767a6361-7t2r startupscript: step %d finished", n%60, n)
}

func dockerd(n int) string {
	return fmt.Sprintf(`time="2018-08-11T03:42:%02d.658698744Z" level=%s msg="Container %d failed to exit within 30 seconds of signal 15" module=libcontainerd`, n%60, [...]string{"info", "warning"}[n%2], n)
}
