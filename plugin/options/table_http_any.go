package options

// httpOptions are for the backend http, which speaks to any server.
var httpOptions = []Option{
	{
		Name: "http_method", Type: "name", Default: "POST", Example: "PUT",
		Backends: []string{HTTP},
		Range:    "POST, PUT, PATCH",
		Doc:      "The method of requests.",
		set:      oneOf([]string{"POST", "PUT", "PATCH"}, func(c *Config) *string { return &c.HTTPMethod }),
	},
	{
		Name: "http_format", Type: "name", Default: "ndjson", Example: "json",
		Backends: []string{HTTP},
		Range:    "ndjson, json",
		Doc:      "What a body is: a JSON object a line (Content-Type: application/x-ndjson), or an array of them (application/json).",
		set:      oneOf([]string{"ndjson", "json"}, func(c *Config) *string { return &c.HTTPFormat }),
	},
	{
		Name: "http_success", Type: "codes", Default: "2xx", Example: "200, 202, 409",
		Backends: []string{HTTP},
		Range:    "codes from 200 to 599 and classes (2xx to 5xx), separated by commas",
		Doc:      "The answers that mean that every record of the request is stored. In this and the next options a code comes before its class, and 413 (which has a request divided) and 429 (which has the plugin wait) keep their meaning unless they are named themselves.",
		set:      statuses(func(c *Config) *Statuses { return &c.HTTPSuccess }),
	},
	{
		Name: "http_retry", Type: "codes", Example: "404, 409",
		Backends: []string{HTTP},
		Range:    "codes from 200 to 599 and classes (2xx to 5xx), separated by commas",
		Doc:      "Further answers after which a request is tried again. Without it, these are 401, 403, 404, 405, 407, 408, 421, 429, 5xx, and redirects.",
		set:      statuses(func(c *Config) *Statuses { return &c.HTTPRetry }),
	},
	{
		Name: "http_reject", Type: "codes", Example: "404, 501",
		Backends: []string{HTTP},
		Range:    "codes from 200 to 599 and classes (2xx to 5xx), separated by commas",
		Doc:      "Further answers after which the records go to the dead-letter file. Without it, these are the other 4xx; after 400 and 422, only the records that the server refuses when they come alone.",
		set:      statuses(func(c *Config) *Statuses { return &c.HTTPReject }),
	},
}

// idOptions are for the backends whose records have no field for an ID of
// their own.
var idOptions = []Option{
	{
		Name: "id_key", Type: "name", Example: "record_id",
		Backends: []string{File, Stdout, HTTP, Loki},
		Range:    "letters, digits and _, and no name that the plugin writes itself (docs/sources.md)",
		Doc:      "The field that holds the record's ID: 32 characters, the same for the same record whenever it is sent again, by which a reader can tell repeats. Unset, it is absent. With Loki it is structured metadata.",
		set:      setIDKey,
	},
}
