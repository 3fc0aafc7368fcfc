package rules

var presets []*preset
