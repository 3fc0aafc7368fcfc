package options

import (
	"strings"
	"time"
	_ "time/tzdata" // the image has no time zones of its own
)

// sources are how the writer of a record is found.
func (c *Config) sources() []Option {
	return []Option{
		{
			Name: "tag_prefix", Type: "text", Default: "kube.var.log.containers.", Example: "kube.var.log.containers.",
			Doc:   "What precedes the name of the file in the tag of a container's log. The default is what Tag kube.* makes of the path.",
			Range: "text that ends with a dot, as in kube.var.log.containers.",
			Set:   c.setTagPrefix,
		},
		{
			Name: "path_key", Type: "text", Example: "path",
			Doc: "The field that holds the path of the file: the value of Path_Key in the tail input. When the option is set, the path says who wrote a record. The tag counts for a path that names nobody. The tags journald and component.… count before the path. Do not set the option where others than tail can write that field.",
			Set: Text(&c.PathKey),
		},
		{
			Name: "offset_key", Type: "text", Example: "offset",
			Doc: "The field that holds the offset of the line in the file: the value of Offset_Key in the tail input. The offset shows that a chunk begins where another chunk ended. Without it, a line or a message that two chunks share does not become one record.",
			Set: Text(&c.OffsetKey),
		},
		{
			Name: "identity", Type: "name", Default: ByFiles, Example: ByNobody,
			Range: strings.Join(identities, ", "),
			Doc:   "Who decides who wrote a record. files: the names of files, in paths and tags, for an agent that reads files. none: nobody, for records that applications send. resource: the sender, by the attributes of its OpenTelemetry resource; use it only where every sender may be believed. With none and resource, a text is never read as a line of a container runtime, and a record without log has its message or msg as text.",
			Set:   OneOf(identities, &c.Identity),
		},
		{
			Name: "pod", Type: "names", Example: "shop/web-7d9c6b5f4-x2x9z/web",
			Range: "namespace/pod, and behind them /container and /uid where they are known",
			Doc:   "For an agent inside a pod: the pod that wrote everything that this output gets, whatever paths and tags say. With the Downward API: ${POD_NAMESPACE}/${POD_NAME}/${CONTAINER_NAME}/${POD_UID}. Do not use it for a node agent, which would set its own name in all records.",
			Set:   c.setPod,
		},
		{
			Name: "cluster_name", Type: "text", Example: "production-eu",
			Doc: "The name of the cluster, in every record.",
			Set: Text(&c.ClusterName),
		},
		{
			Name: "node_name", Type: "text", Example: "${NODE_NAME}",
			Doc: "The name of the node, in every record.",
			Set: Text(&c.NodeName),
		},
		{
			Name: "time_zone", Type: "name", Default: "Local", Example: "Asia/Tokyo",
			Range: "Local, UTC, or a name of the IANA time zone database",
			Doc:   "The time zone of times without a zone in the log files of the node's components. Local is the zone of the process: in a container it is UTC, unless TZ is set.",
			Set:   c.setTimeZone,
		},
	}
}

func (c *Config) setTagPrefix(value string) string {
	if !strings.HasSuffix(value, ".") {
		return "does not end with a dot"
	}
	c.TagPrefix = value
	return ""
}

func (c *Config) setTimeZone(value string) string {
	zone, err := time.LoadLocation(value)
	if err != nil {
		return "is not a time zone"
	}
	c.TimeZone = zone
	return ""
}
