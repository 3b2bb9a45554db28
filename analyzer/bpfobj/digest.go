package bpfobj

import (
	"crypto/sha256"
	"encoding/hex"
)

// SHA256 is the digest of the object's bytes in hex, "" for an object that was
// not read from bytes. It is computed at every call.
func (o *Object) SHA256() string {
	if len(o.raw) == 0 {
		return ""
	}
	sum := sha256.Sum256(o.raw)
	return hex.EncodeToString(sum[:])
}
