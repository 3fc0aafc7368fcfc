package elasticsearch

import (
	"bytes"
	"errors"
	"io"

	jsoniter "github.com/json-iterator/go"
)

// item is what the server says of one document.
type item struct {
	status       int
	kind, reason string // of an error; empty where it says none
}

// bulkAnswer is the answer to a bulk request.
type bulkAnswer struct {
	saysErrors bool // it has the member errors
	errors     bool // not every document was stored
	hasItems   bool // it has the member items
	items      []item
}

// created is the whole answer when all is well: this, an item for each
// document, and the end.
const (
	createdBegin = `{"errors":false,"items":[`
	createdItem  = `{"create":{"status":201}}`
	createdEnd   = `]}`
)

// countCreated returns how many documents were stored, if the answer is nothing
// but the list of them.
func countCreated(body []byte) (n int, ok bool) {
	body, ok = bytes.CutPrefix(body, []byte(createdBegin))
	for ok {
		n++
		if body, ok = bytes.CutPrefix(body, []byte(createdItem)); !ok {
			break
		}
		if string(bytes.TrimSpace(body)) == createdEnd {
			return n, true
		}
		body, ok = bytes.CutPrefix(body, []byte{','})
	}
	return 0, false
}

var errNoAnswer = errors.New("it is not that of a bulk request")

// readAnswer reads an answer. When that fails, the items before the fault are
// there.
func readAnswer(body []byte) (a bulkAnswer, err error) {
	iter := jsoniter.ConfigDefault.BorrowIterator(body)
	defer jsoniter.ConfigDefault.ReturnIterator(iter)
	if iter.WhatIsNext() != jsoniter.ObjectValue {
		return a, errNoAnswer
	}
	iter.ReadObjectCB(func(iter *jsoniter.Iterator, key string) bool {
		switch key {
		case "errors":
			a.saysErrors = true
			a.errors = iter.ReadBool()
		case "items":
			a.hasItems = true
			iter.ReadArrayCB(func(iter *jsoniter.Iterator) bool {
				read, ok := readItem(iter)
				if ok {
					a.items = append(a.items, read)
				}
				return ok
			})
		default:
			iter.Skip()
		}
		return iter.Error == nil
	})
	if iter.Error != nil && iter.Error != io.EOF {
		return a, iter.Error
	}
	if !a.saysErrors && !a.hasItems {
		return a, errNoAnswer
	}
	return a, nil
}

// readItem reads an object with one member, whose name is that of the action.
func readItem(iter *jsoniter.Iterator) (read item, ok bool) {
	actions := 0
	iter.ReadObjectCB(func(iter *jsoniter.Iterator, _ string) bool {
		actions++
		iter.ReadObjectCB(func(iter *jsoniter.Iterator, key string) bool {
			switch key {
			case "status":
				read.status = iter.ReadInt()
			case "error":
				readError(iter, &read)
			default:
				iter.Skip()
			}
			return iter.Error == nil
		})
		return iter.Error == nil
	})
	if iter.Error == nil && (actions != 1 || read.status == 0) {
		iter.ReportError("an item", "it is not that of one action with its status")
	}
	return read, iter.Error == nil
}

// readError reads what went wrong: an object, or as very old servers have it,
// a text.
func readError(iter *jsoniter.Iterator, read *item) {
	text := func() string {
		if iter.WhatIsNext() != jsoniter.StringValue {
			iter.Skip()
			return ""
		}
		return iter.ReadString()
	}
	if iter.WhatIsNext() != jsoniter.ObjectValue {
		read.reason = text()
		return
	}
	iter.ReadObjectCB(func(iter *jsoniter.Iterator, key string) bool {
		switch key {
		case "type":
			read.kind = text()
		case "reason":
			read.reason = text()
		default:
			iter.Skip()
		}
		return iter.Error == nil
	})
}
