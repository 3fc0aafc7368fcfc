/*
 * The command k8slog of the image: runs the command that the plugin has inside. The plugin
 * and cmd/k8slog have nearly the same content, so this makes the image 20 MB smaller.
 * PLUGIN is the path of the plugin.
 */
#include <dlfcn.h>
#include <stdio.h>

int main(void)
{
	void *plugin = dlopen(PLUGIN, RTLD_NOW);
	int (*run)(void) = plugin ? (int (*)(void)) dlsym(plugin, "K8slogMain") : NULL;

	if (run == NULL) {
		fprintf(stderr, "k8slog: cannot load the command from the plugin: %s\n", dlerror());
		return 1;
	}
	return run(); /* the arguments are those of the process */
}
