package kernel

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"os"
)

var (
	errNoSection = errors.New("ELF file without a .BTF section")
	errNotBTF    = errors.New("neither BTF nor ELF")
)

// packed are the first bytes of files that hold BTF once they are unpacked, with
// what they are and the way out.
var packed = [...]struct{ magic, hint string }{
	{"\x1f\x8b", "compressed by gzip, unpack it first"},
	{"\xfd7zX", "compressed by xz, unpack it first"},
	{"\x28\xb5\x2f\xfd", "compressed by zstd, unpack it first"},
	{"BZh", "compressed by bzip2, unpack it first"},
	{"MZ", "a kernel image? scripts/extract-vmlinux of Linux takes the vmlinux out of it"},
}

// notBTF is [errNotBTF] for what starts with these bytes.
func notBTF(data []byte) error {
	for _, p := range packed {
		if bytes.HasPrefix(data, []byte(p.magic)) {
			return fmt.Errorf("%w: %s", errNotBTF, p.hint)
		}
	}
	return errNotBTF
}

// image is the BTF of one file.
type image struct {
	types []byte
	base  []byte // .BTF.base of a module built apart from its kernel, nil if there is none
	arch  string // GOARCH spelling, "" unknown
}

// image finds the BTF in a file: raw BTF, or the section .BTF of an ELF file.
// Of the latter no more than that section is mapped.
func (s *sources) image(path string) (*image, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, cause(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, cause(err)
	}
	magic := make([]byte, 4)
	if info.Mode().IsRegular() && info.Size() > 0 {
		if _, err := f.ReadAt(magic, 0); err != nil && !errors.Is(err, io.EOF) {
			return nil, cause(err)
		}
		if string(magic) == elf.ELFMAG {
			return elfImage(f, uint64(info.Size()), func(offset, length int64) ([]byte, error) {
				return s.section(f, offset, length)
			})
		}
		if !isBTF(magic) {
			return nil, notBTF(magic)
		}
	}
	data, err := s.content(f)
	if err != nil {
		return nil, err
	}
	if len(data) >= 4 && string(data[:4]) == elf.ELFMAG {
		return elfImage(bytes.NewReader(data), uint64(len(data)), func(offset, length int64) ([]byte, error) {
			return data[offset : offset+length], nil
		})
	}
	if !isBTF(data) {
		return nil, notBTF(data)
	}
	return &image{types: data}, nil
}

// isBTF tells raw BTF of either byte order by its magic.
func isBTF(data []byte) bool {
	return len(data) >= 2 && (data[0] == 0x9f && data[1] == 0xeb || data[0] == 0xeb && data[1] == 0x9f)
}

// elfImage finds the BTF in an ELF file of that size; get yields a part of it.
func elfImage(r io.ReaderAt, size uint64, get func(offset, length int64) ([]byte, error)) (*image, error) {
	f, err := elf.NewFile(r)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil, fmt.Errorf("ELF: truncated at byte %d", size)
	}
	if err != nil {
		return nil, fmt.Errorf("ELF: %w", err)
	}
	section := func(name string) ([]byte, error) {
		sec := f.Section(name)
		switch {
		case sec == nil || sec.Type == elf.SHT_NOBITS:
			return nil, errNoSection
		case sec.Flags&elf.SHF_COMPRESSED != 0:
			return nil, fmt.Errorf("section %q: compressed", name)
		case sec.Offset > size || sec.FileSize > size-sec.Offset:
			return nil, fmt.Errorf("section %q: %d bytes at offset %d of %d: truncated", name, sec.FileSize, sec.Offset, size)
		case sec.FileSize == 0:
			return nil, fmt.Errorf("section %q: empty", name)
		}
		data, err := get(int64(sec.Offset), int64(sec.FileSize))
		if err != nil {
			return nil, fmt.Errorf("section %q: %w", name, err)
		}
		return data, nil
	}
	img := &image{arch: arch(f)}
	if img.types, err = section(".BTF"); err != nil {
		return nil, err
	}
	if img.base, err = section(".BTF.base"); err != nil && !errors.Is(err, errNoSection) {
		return nil, err
	}
	return img, nil
}

// arch is the machine of an ELF file in GOARCH spelling.
func arch(f *elf.File) string {
	little := f.ByteOrder == binary.LittleEndian
	switch f.Machine {
	case elf.EM_X86_64:
		return "amd64"
	case elf.EM_386:
		return "386"
	case elf.EM_AARCH64:
		return "arm64"
	case elf.EM_ARM:
		return "arm"
	case elf.EM_S390:
		return "s390x"
	case elf.EM_LOONGARCH:
		return "loong64"
	case elf.EM_RISCV:
		if f.Class == elf.ELFCLASS64 {
			return "riscv64"
		}
	case elf.EM_PPC64:
		if little {
			return "ppc64le"
		}
		return "ppc64"
	case elf.EM_MIPS:
		return mipsArch(f.Class == elf.ELFCLASS64, little)
	}
	return ""
}

func mipsArch(wide, little bool) string {
	name := "mips"
	if wide {
		name = "mips64"
	}
	if little {
		name += "le"
	}
	return name
}
