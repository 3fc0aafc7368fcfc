package command

// checkDisk adds where the ledger of the disk and the tail inputs before it disagree on the
// files of the containers' logs.
func (p *problems) checkDisk(s *section, all []section) {
	if s.get("disk_ledger_path") == "" {
		return
	}
	logs := s.get("disk_ledger_logs")
	if logs == "" {
		logs = "/var/log/containers/*.log"
	}
	tails := 0
	for _, input := range of(all, "input", "tail") {
		if routed(input, s, all) == never || input.get("path_key") == "" {
			continue
		}
		tails++
		if input.get("path") != logs {
			continue
		}
		if exclude, want := s.get("disk_ledger_exclude"), input.get("exclude_path"); exclude != want {
			p.add(s, s.lineOf("disk_ledger_exclude"), "disk_ledger_exclude is %q, and the tail input (%s) has exclude_path %q: write the same in both, or the ledger waits for logs that tail does not read, or reads them", exclude, input.where(), want)
		}
		return
	}
	if tails > 0 {
		p.add(s, s.lineOf("disk_ledger_logs"), "disk_ledger_logs is %q, and no tail input of this output has that path: the ledger of the disk knows only the files of that path", logs)
	}
}
