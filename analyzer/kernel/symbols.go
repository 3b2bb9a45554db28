package kernel

// Symbols is a kallsyms table. A name may have several addresses.
type Symbols struct {
	// HasAddresses is false if every address is zero (kptr_restrict), so
	// that only names can be relied on.
	HasAddresses bool
	// HasData tells that the table lists data symbols, not only functions
	// (CONFIG_KALLSYMS_ALL): without it the absence of a variable is no proof.
	HasData bool
}

// Symbol is one entry of kallsyms.
type Symbol struct {
	Name    string
	Address uint64 // 0 if hidden
	Type    byte   // nm type letter: 't', 'T', 'd', 'A', ...
	Module  string // "" for vmlinux
}

// Lookup returns all entries of that exact name, in file order.
func (s *Symbols) Lookup(name string) []Symbol { return nil }

// Config is a kernel's build configuration.
type Config struct{}

// Lookup returns the value of an option as the file has it ("y", "m", "64",
// "\"text\""), false if the file has no such line. The name includes CONFIG_.
func (c *Config) Lookup(name string) (string, bool) { return "", false }
