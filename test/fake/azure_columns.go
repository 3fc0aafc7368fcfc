package fake

import (
	"encoding/json"
	"fmt"
	"os"
)

// AzureColumns returns the types of the columns of a stream, by name, as the file of a data
// collection rule declares them.
func AzureColumns(file, stream string) (map[string]string, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var rule struct {
		Properties struct {
			StreamDeclarations map[string]struct {
				Columns []struct{ Name, Type string }
			}
		}
	}
	if err := json.Unmarshal(text, &rule); err != nil {
		return nil, fmt.Errorf("cannot read %s: %w", file, err)
	}
	columns := map[string]string{}
	for _, c := range rule.Properties.StreamDeclarations[stream].Columns {
		columns[c.Name] = c.Type
	}
	return columns, nil
}
