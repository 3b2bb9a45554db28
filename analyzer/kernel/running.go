package kernel

import (
	"errors"
	"io/fs"
	"os"
	"runtime"
	"strings"
)

// sysBTF is where the running kernel shows its BTF and that of its modules.
const sysBTF = "/sys/kernel/btf"

// Running opens the running kernel: its BTF with that of the modules that are
// loaded, /proc/kallsyms, and the configuration from /boot/config-RELEASE or
// /proc/config.gz, in the order of libbpf (libbpf.c,
// bpf_object__read_kconfig_file). What cannot be read is unknown; only missing
// types are an error, which wraps [ErrNoTypes].
func Running() (*Kernel, error) { return Open(Spec{Types: runningPath}) }

// isRunning reports whether a path means the running kernel.
func isRunning(path string) bool {
	switch path {
	case runningPath, sysBTF, sysBTF + "/", sysBTF + "/vmlinux":
		return true
	}
	return false
}

// setRunning says that this is the running kernel.
func (k *Kernel) setRunning() {
	k.Running, k.Arch = true, runtime.GOARCH
	if release, err := os.ReadFile("/proc/sys/kernel/osrelease"); err == nil {
		k.Release = strings.TrimSpace(string(release))
	}
	if version, err := os.ReadFile("/proc/sys/kernel/version"); err == nil {
		k.Version = strings.TrimSpace(string(version))
	}
}

// runningSymbols prepares the table of the running kernel. It is not touched
// here, for making it up costs the kernel tens of milliseconds, except for its
// first page if the user is one from whom addresses may be hidden.
func (k *Kernel) runningSymbols() {
	const path = "/proc/kallsyms"
	if _, err := os.Stat(path); err != nil {
		return
	}
	if os.Geteuid() != 0 {
		head, whole, _, err := k.src.text(path, headSize)
		if err == nil {
			err = checkSymbols(head, whole)
		}
		if err != nil {
			k.note("symbols %q: %v", path, err)
			return
		}
		if !hasAddress(head) {
			k.note("symbols %q: all addresses are zero (kptr_restrict), only names count", path)
		}
	}
	k.Symbols = lazySymbols(path, func() ([]byte, error) { return k.src.file(path) })
}

// runningConfig prepares the configuration of the running kernel.
func (k *Kernel) runningConfig() {
	for _, path := range [...]string{"/boot/config-" + k.Release, "/proc/config.gz"} {
		head, whole, open, err := k.src.text(path, configHead)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err == nil {
			err = checkConfig(head, whole)
		}
		if err != nil {
			k.note("config %q: %v", path, err)
			continue
		}
		k.Config = lazyConfig(path, open)
		return
	}
}
