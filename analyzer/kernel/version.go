package kernel

import (
	"bytes"
	"strconv"
	"strings"
)

// VersionCode is the kernel's LINUX_VERSION_CODE: the version in one number, as
// KERNEL_VERSION makes it of three. ok is false if nothing tells it.
//
// The configuration names the version that it was made for, which distributions
// do not change. A release ("6.1.0-18-amd64") may leave the third number out;
// Debian then has it in uname -v (libbpf_probes.c, get_debian_kernel_version).
func (k *Kernel) VersionCode() (code uint64, ok bool) {
	if k.Config != nil {
		if code, ok = versionCode(k.Config.Version()); ok {
			return code, true
		}
	}
	if _, debian, found := strings.Cut(k.Version, "Debian "); found {
		return versionCode(debian)
	}
	if _, rest, _ := strings.Cut(k.Release, ".0-"); rest != "" && rest[0] >= '0' && rest[0] <= '9' {
		return 0, false // an ABI number follows, and 0 stands for any patch level
	}
	return versionCode(k.Release)
}

// Version is the kernel version in the heading of the configuration, "" if it
// has none: "6.12.107", "7.3.0-rc7" (scripts/kconfig/confdata.c).
func (c *Config) Version() string {
	text := c.text()
	for range 5 { // lines
		line, rest, _ := bytes.Cut(text, []byte{'\n'})
		text = rest
		words := strings.Fields(string(line[:min(len(line), 200)]))
		if len(words) == 5 && words[0] == "#" && strings.HasPrefix(words[1], "Linux/") && words[3] == "Kernel" {
			return words[2]
		}
	}
	return ""
}

// versionCode reads "6.12.107" and what follows it.
func versionCode(text string) (code uint64, ok bool) {
	for i := range 3 {
		end := 0
		for end < len(text) && text[end] >= '0' && text[end] <= '9' {
			end++
		}
		n, err := strconv.ParseUint(text[:end], 10, 32)
		if err != nil {
			return 0, false
		}
		text = text[end:]
		if i < 2 {
			if text == "" || text[0] != '.' {
				return 0, false
			}
			text = text[1:]
		}
		code = code<<8 + min(n, 255)
	}
	return code, true
}
