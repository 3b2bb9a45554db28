package kernel

import (
	"bytes"
	"compress/gzip"
	"io"
)

// configArch is the architecture that the first lines of a configuration
// tell, in GOARCH spelling; "" if they do not. The third is
// "# Linux/x86 6.12.107 Kernel Configuration" (scripts/kconfig, whose mainmenu
// is "Linux/$(ARCH) $(KERNELVERSION) Kernel Configuration"). What makes a
// variant of the architecture follows some thousand bytes further on.
func configArch(head []byte, little bool) string {
	if isGzip(head) {
		head = inflate(head)
	}
	_, rest, ok := bytes.Cut(head, []byte("\n# Linux/"))
	if !ok {
		return ""
	}
	word, _, _ := bytes.Cut(rest, []byte{' '})
	has := func(option string) bool { _, ok := findLine(head, option+"=y"); return ok }
	switch arch := string(word); arch {
	case "arm", "arm64":
		return arch
	case "s390":
		return "s390x"
	case "x86_64":
		return "amd64"
	case "x86", "i386":
		if has("CONFIG_X86_64") {
			return "amd64"
		}
		if has("CONFIG_X86_32") {
			return "386"
		}
	case "powerpc":
		switch {
		case !has("CONFIG_PPC64"):
		case little:
			return "ppc64le"
		default:
			return "ppc64"
		}
	case "riscv", "loongarch":
		if has("CONFIG_64BIT") {
			return map[string]string{"riscv": "riscv64", "loongarch": "loong64"}[arch]
		}
	}
	return ""
}

// configHead is how much of a configuration is read to tell the architecture,
// in bytes: CONFIG_X86_64 comes at 6 to 9 kB.
const configHead = 16384

// inflate decompresses what can be of the head of a gzip file.
func inflate(head []byte) []byte {
	r, err := gzip.NewReader(bytes.NewReader(head))
	if err != nil {
		return nil
	}
	text, _ := io.ReadAll(io.LimitReader(r, configHead)) // it ends early
	return text
}
