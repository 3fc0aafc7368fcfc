package command

// checkJournal adds an input that reads the journal and takes the underscores off
// the names of fields: without them, nothing tells what journald says of the
// writer of an entry from what the writer says.
func (p *problems) checkJournal(s *section, all []section) {
	for _, input := range of(all, "input", "systemd") {
		if isOn(input.get("strip_underscores")) && routed(input, s, all) == always {
			p.add(input, input.lineOf("strip_underscores"), "strip_underscores is on: _SYSTEMD_UNIT, which journald writes, looks like SYSTEMD_UNIT, which any process can write, so no entry has a component; remove it (field names have their underscores then)")
		}
	}
}
