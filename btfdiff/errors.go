package btfdiff

import "errors"

// ErrTooComplex says that types are so intertwined that comparing them would
// take time or memory out of proportion. No compiler writes such BTF.
var ErrTooComplex = errors.New("types too complex to be compared")
