package kernel

import "bytes"

// Options are the values of all options that the file sets, by name with
// CONFIG_, as [Config.Lookup] returns them; empty if it cannot be read. The map
// is the caller's.
func (c *Config) Options() map[string]string {
	options := make(map[string]string)
	for line := range bytes.Lines(c.text()) {
		name, value, ok := bytes.Cut(bytes.TrimSuffix(line, []byte{'\n'}), []byte{'='})
		if !ok || !bytes.HasPrefix(name, []byte("CONFIG_")) {
			continue
		}
		if _, twice := options[string(name)]; !twice {
			options[string(name)] = string(value)
		}
	}
	return options
}
