package status

import (
	"net"
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// guard refuses what may not see the page: other machines, unless the page is for all, and
// requests that a foreign page has made a browser send.
func (s *Server) guard(handler http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cache-Control", "no-store")
		switch {
		case !s.config.ForAll && !isLoopback(r.RemoteAddr):
			http.Error(w, "The status page is for this machine alone (option status_page). Use kubectl port-forward, or set status_page all.", http.StatusForbidden)
		case !s.isOurs(r.Host):
			http.Error(w, "The status page is not served under this name. Use an IP address or localhost, or add the name to the option status_hosts.", http.StatusMisdirectedRequest)
		case isForeign(r):
			http.Error(w, "The status page is not for other pages.", http.StatusForbidden)
		default:
			handler.ServeHTTP(w, r)
		}
	})
}

// isLoopback reports whether the other end of a connection is on this machine, or in this
// pod.
func isLoopback(remote string) bool {
	address, err := netip.ParseAddrPort(remote)
	return err == nil && address.Addr().Unmap().IsLoopback()
}

// isOurs reports whether the page is served under the name of the header Host. A foreign
// page whose name has been pointed here (DNS rebinding) has a name of its own.
func (s *Server) isOurs(host string) bool {
	name := host
	if h, _, err := net.SplitHostPort(host); err == nil {
		name = h
	}
	name = strings.ToLower(strings.TrimSuffix(strings.Trim(name, "[]"), "."))
	if _, err := netip.ParseAddr(name); err == nil {
		return true
	}
	return name == "localhost" || slices.Contains(s.config.Hosts, name)
}

// isForeign reports whether another site has made a browser send a request that is not of
// somebody who follows a link to the page.
func isForeign(r *http.Request) bool {
	switch r.Header.Get("Sec-Fetch-Site") {
	case "", "none", "same-origin":
		return false
	}
	return r.URL.Path != "/" || r.Header.Get("Sec-Fetch-Mode") != "navigate" || r.Header.Get("Sec-Fetch-Dest") != "document"
}
