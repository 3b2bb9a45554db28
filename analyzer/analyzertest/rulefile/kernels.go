package rulefile

import (
	"os"
	"path/filepath"

	"github.com/btflint/btflint/analyzer/kernel"
)

// OpenKernel opens toy kernel NAME of the directory: NAME.o, with NAME.symbols,
// NAME.config and NAME.modules where they exist and the file does not say that
// the part is unknown. Without NAME.modules the kernel has no modules. The
// caller closes the kernel.
func (f *File) OpenKernel(dir, name string) (*kernel.Kernel, error) {
	stem := filepath.Join(dir, name)
	spec := kernel.Spec{
		Name:    name,
		Types:   stem + ".o",
		Symbols: pathOf(stem+".symbols", f.Symbols),
		Config:  pathOf(stem+".config", f.Config),
		Modules: pathOf(stem+".modules", f.Modules),
	}
	if spec.Modules == "" && f.Modules != Unknown {
		spec.Modules = string(None)
	}
	return kernel.Open(spec)
}

// pathOf is the path of a part, "" if it does not exist or is not to be used.
func pathOf(path string, part Part) string {
	if part != Given {
		return ""
	}
	if _, err := os.Stat(path); err != nil {
		return ""
	}
	return path
}
