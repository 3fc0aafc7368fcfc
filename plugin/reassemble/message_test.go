package reassemble

import "testing"

func TestMessagesOutOfLines(t *testing.T) {
	config := Config{Multiline: everything}
	runChunks(t, []chunkTest{
		{"nothing is wanted", Config{}, []string{"F " + thrown, "F " + frame}, []string{thrown, frame}},
		{"a trace", config, []string{"F a", "F " + thrown, "F " + frame, "F b"}, []string{"a", thrown + "\n" + frame, "b"}},
		{"two traces", config, []string{"F " + thrown, "F " + frame, "F " + thrown, "F " + frame}, []string{thrown + "\n" + frame, thrown + "\n" + frame}},
		{"other fields", config, []string{"F " + thrown + "|x", "F " + frame + "|y"}, []string{thrown, frame}},
		{"lookahead that a frame confirms", config, []string{"F " + thrown, "F b", "F " + frame}, []string{thrown + "\nb\n" + frame}},
		{"lookahead that nothing confirms", config, []string{"F " + thrown, "F b", "P c", "F d"}, []string{thrown, "b", "cd"}},
		{
			"a piece confirms lookahead", config, []string{"F " + thrown, "F b", "P \tat a.B.c(D"},
			[]string{thrown + "\nb\n\tat a.B.c(D…"},
		},
		{
			"too many lines", Config{Multiline: everything, Lines: 2}, []string{"F " + thrown, "F " + frame, "F " + frame, "F b"},
			[]string{thrown + "\n" + frame + "…", frame + "…", "b"},
		},
		{
			"too many bytes", Config{Multiline: everything, Bytes: 50}, []string{"F " + thrown, "F " + frame, "F " + frame, "F b"},
			[]string{thrown + "\n" + frame + "…", frame + "…", "b"},
		},
		{
			"lookahead is never cut", Config{Multiline: everything, Lines: 2}, []string{"F " + thrown, "F b", "F c", "F " + frame},
			[]string{thrown, "b", "c", frame},
		},
	})
}

// A line of lookahead may begin a message of its own. The message above ends there.
func TestLookaheadThatBeginsAMessage(t *testing.T) {
	config := Config{Multiline: everything}
	other := "com.example.Other: x"
	runChunks(t, []chunkTest{
		{"and goes on", config, []string{"F " + thrown, "F b", "F ERROR c", "F " + other, "F " + frame, "F d"}, []string{thrown, "b", "ERROR c\n" + other + "\n" + frame, "d"}},
		{"in pieces", config, []string{"F " + thrown, "F b", "F ERROR c", "P com.exam", "F ple.Other: x", "F " + frame}, []string{thrown, "b", "ERROR c\n" + other + "\n" + frame}},
		{"at the end", config, []string{"F " + thrown, "F b", "F ERROR c", "P java.lang.IllegalStateException: "}, []string{thrown, "b", "ERROR c\njava.lang.IllegalStateException: …"}},
		{"and does not go on", config, []string{"F " + thrown, "F ERROR b", "F c"}, []string{thrown, "ERROR b", "c"}},
		{"and belongs to the message", config, []string{"F " + thrown, "F ERROR b", "F " + frame, "F c"}, []string{thrown + "\nERROR b\n" + frame, "c"}},
	})
}
