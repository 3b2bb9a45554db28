package plan

// Lskel is a light skeleton that libbpf 1.8 has generated: a program of type
// SYSCALL that creates the maps and loads the programs, and leaves CO-RE to the
// kernel. It holds the programs that libbpf loads by default. So far only its
// CO-RE relocations are modelled.
var Lskel = &Loader{
	Name: "lskel", Version: "libbpf 1.8", OnlyCORE: true,
	Sections: libbpfSections, OptionalOff: true,
	CORE:          kernelCORE,
	EssentialName: libbpfEssentialName,
}
