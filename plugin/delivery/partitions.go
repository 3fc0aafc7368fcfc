package delivery

// This file finds the circuit breaker of a partition.

// maxPartitions is the number of partitions with a breaker of their own: names of
// files, and senders, may choose the names of tenants. All other partitions share a
// breaker, which is named otherPartitions. No partition has that name.
const (
	maxPartitions   = 1024
	otherPartitions = "\x00other"
)

// The methods of this file are called with the lock.

// only returns the breaker of the partition when there is only one.
func (bs *breakers) only() *breaker {
	if b := bs.partitions[bs.first]; b != nil && !bs.several {
		return b
	}
	return &bs.unknown
}

// of returns the breaker of a partition, for reading.
func (bs *breakers) of(partition string) *breaker {
	if b := bs.partitions[bs.key(partition)]; b != nil {
		return b
	}
	return &bs.unknown
}

// add returns the breaker of a partition, which it creates if needed.
func (bs *breakers) add(partition string) *breaker {
	key := bs.key(partition)
	b := bs.partitions[key]
	if b == nil {
		b = new(breaker)
		bs.partitions[key] = b
	}
	return b
}

// named returns the name of a partition for an error; empty for the only one, which is the
// backend.
func (bs *breakers) named(partition string) string {
	if bs.several {
		return partition
	}
	return ""
}

// key returns the key of a partition in partitions.
func (bs *breakers) key(partition string) string {
	if bs.partitions == nil {
		bs.partitions, bs.first = map[string]*breaker{}, partition
	}
	bs.several = bs.several || partition != bs.first
	if bs.partitions[partition] == nil && len(bs.partitions) >= maxPartitions {
		return otherPartitions
	}
	return partition
}
