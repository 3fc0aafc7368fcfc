package command

import "github.com/k8slog/k8slog/internal/spelling"

// similar suggests the option that the user may mean.
func similar(key string) string {
	var names []string
	for _, o := range schema() {
		names = append(names, o.Name)
	}
	if best := spelling.Nearest(key, names); best != "" {
		return "; did you mean " + best + "?"
	}
	return ""
}
