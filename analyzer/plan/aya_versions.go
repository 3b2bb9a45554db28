package plan

import (
	"slices"

	"github.com/btflint/btflint/analyzer/bpfobj"
)

// ayaVersions are the minor versions of aya before 0.14.0. The differences are
// those between the tags of github.com/aya-rs/aya; what they make of 586 objects
// was compared with loads of 0.13.1 on Linux 6.18.
//
// Not told apart are two that matter on old kernels alone: 0.13.1 gives empty
// DATASECs no variable, and refuses an object with a relocation of an
// enumerator of 64 bits where the kernel knows no ENUM64.
var ayaVersions = []olderVersion{
	// aya 0.13.1, aya-obj 0.2.1. aya-obj/src/obj.rs: ProgramSection::from_str,
	// and parse_btf_map_def, which passes over "values" and "map_extra", so that
	// maps of maps cannot be created. aya/src/bpf.rs: parse_map, which has no
	// type for maps of some kinds; EbpfLoader::load, which goes on without BTF
	// for CO-RE too, and leaves the value size of ring buffers alone.
	// aya/src/programs: types whose load method passes no attach type.
	{"0.13", func(l *Loader) {
		l.Sections = unattached(
			without(l.Sections, "flow_dissector", "iter", "iter.s", "lsm_cgroup", "sk_reuseport", "sk_reuseport/migrate"),
			"sk_msg", "sockops", "cgroup/dev", "cgroup/sysctl", "lirc_mode2",
		)
		l.Maps.Unsupported = slices.Concat(l.Maps.Unsupported, []uint32{
			mapCgroupArray, mapCgroupStorage, mapSockarray, mapCgroupStorage2, mapSKStorage, mapInodeStorage, mapCgrpStorage,
		})
		l.Maps.UnknownFields = []string{"values", "map_extra"}
		l.Maps.Fix = ayaOldFix
		l.Object.BTFNeededForCORE = false
	}},
}

// ayaOldFix leaves the value size of ring buffers alone, see [ayaFix].
func ayaOldFix(d *bpfobj.MapDef) {
	size := d.ValueSize
	ayaFix(d)
	if d.Type == mapRingbuf {
		d.ValueSize = size
	}
}
