package report

// planDoc is a plan as it is shown: the members of docs/plan-schema.json, which
// the text format lays out.
type planDoc struct {
	Object    jsonObject
	Kernel    jsonKernel
	Loader    planTool
	Sections  []planSection
	Programs  []planProgram
	Externs   []planExtern
	StructOps []planStructOps
	CORE      []planCORE
	Maps      []planMap
	Helpers   []planHelper
	// Instructions are the forms that the kernel does not know.
	Instructions []planInstruction
	Refusals     []planRefusal
	Oddities     []planRefusal
	// Baked is what a light skeleton has of the machine that generated it, nil
	// for another object.
	Baked []planBaked

	// Unplanned are the CO-RE records that are not in CORE, because the types of
	// the kernel or of the object are unknown.
	Unplanned int
}

type planTool struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

type planSection struct {
	Name  string `json:"name"`
	Bytes uint64 `json:"bytes"`
	// Use is what the loader reads there, in words.
	Use string `json:"use"`
}

type planBaked struct {
	Kind   string `json:"kind"`
	Name   string `json:"name"`
	Status string `json:"status"`
	Detail string `json:"detail"`
}

type planTarget struct {
	Status   string `json:"status"`
	Kind     string `json:"kind"`
	Name     string `json:"name"`
	Module   string `json:"module"`
	ID       uint32 `json:"id"`
	AtAttach bool   `json:"atAttach"`
	Detail   string `json:"detail"`
}

type planProgram struct {
	Name          string     `json:"name"`
	Section       string     `json:"section"`
	Load          bool       `json:"load"`
	Why           string     `json:"why"`
	Type          string     `json:"type"`
	TypeSupport   string     `json:"typeSupport"`
	AttachType    string     `json:"attachType"`
	AttachSupport string     `json:"attachSupport"`
	AttachTo      string     `json:"attachTo"`
	Target        planTarget `json:"target"`
	License       string     `json:"license"`
	GPL           bool       `json:"gpl"`
	Flags         []string   `json:"flags"`
	Problem       string     `json:"problem"`
}

type planExtern struct {
	Name     string `json:"name"`
	Kind     string `json:"kind"`
	Weak     bool   `json:"weak"`
	Typeless bool   `json:"typeless"`
	Status   string `json:"status"`
	// Lookup is the name that is looked up in the kernel.
	Lookup    string   `json:"lookup"`
	Module    string   `json:"module"`
	ID        uint32   `json:"id"`
	Addresses []uint64 `json:"addresses"`
	PerCPU    bool     `json:"perCPU"`
	// Virtual tells that the loader fills the extern in itself; Value is an
	// option's value as the configuration has it, or the loader's number.
	Virtual   bool       `json:"virtual"`
	Value     string     `json:"value"`
	Reason    string     `json:"reason"`
	DependsOn string     `json:"dependsOn"`
	Programs  []string   `json:"programs"`
	Reach     *planReach `json:"reach"`
}

type planMember struct {
	Name         string  `json:"name"`
	Offset       uint64  `json:"offset"`
	Bytes        uint64  `json:"bytes"`
	KernelOffset *uint64 `json:"kernelOffset"`
	KernelBytes  uint64  `json:"kernelBytes"`
	Outcome      string  `json:"outcome"`
	Program      string  `json:"program"`
	Detail       string  `json:"detail"`

	refused, nonZero bool
}

type planStructOps struct {
	Name       string       `json:"name"`
	Section    string       `json:"section"`
	Create     bool         `json:"create"`
	Type       string       `json:"type"`
	Status     string       `json:"status"`
	DependsOn  string       `json:"dependsOn"`
	Module     string       `json:"module"`
	ValueType  uint32       `json:"valueType"`
	KernelType uint32       `json:"kernelType"`
	DataOffset uint64       `json:"dataOffset"`
	Members    []planMember `json:"members"`
}

// planReach says which programs get to an instruction.
type planReach struct {
	Outcome   string        `json:"outcome"`
	Certain   []string      `json:"certain"`
	Possible  []string      `json:"possible"`
	Dead      []string      `json:"dead"`
	DependsOn string        `json:"dependsOn"`
	Guard     *jsonLocation `json:"guard"`
	Ends      bool          `json:"ends"`
}

type planCandidate struct {
	Module   string `json:"module"`
	ID       uint32 `json:"id"`
	Name     string `json:"name"`
	Kind     string `json:"kind"`
	Mismatch string `json:"mismatch"`
}

// planOutcome is what a loader makes of a CO-RE relocation.
type planOutcome struct {
	Status string `json:"status"`
	// Stage is when it is refused, "" if it is not.
	Stage string `json:"stage"`
	// Value is what the instruction gets, null unless it is patched.
	Value        *uint64        `json:"value"`
	Original     uint64         `json:"original"`
	Size         uint64         `json:"size"`
	OriginalSize uint64         `json:"originalSize"`
	Target       *planCandidate `json:"target"`
	Reason       string         `json:"reason"`
	DependsOn    string         `json:"dependsOn"`
}

type planOther struct {
	Program string `json:"program"`
	planOutcome
}

type planCORE struct {
	Section   string       `json:"section"`
	Function  string       `json:"function"`
	Programs  []string     `json:"programs"`
	Insn      int          `json:"insn"`
	Location  jsonLocation `json:"location"`
	Kind      string       `json:"kind"`
	Path      string       `json:"path"`
	LocalType uint32       `json:"localType"`
	Access    string       `json:"access"`
	planOutcome
	Candidates []planCandidate `json:"candidates"`
	// Reach is null unless the instruction is poisoned.
	Reach  *planReach  `json:"reach"`
	Others []planOther `json:"others"`

	entry bool // the function is an entry program
}

type planMap struct {
	Name       string   `json:"name"`
	Section    string   `json:"section"`
	Create     bool     `json:"create"`
	Type       string   `json:"type"`
	Support    string   `json:"support"`
	KeyBytes   uint32   `json:"keyBytes"`
	ValueBytes uint32   `json:"valueBytes"`
	MaxEntries uint32   `json:"maxEntries"`
	Flags      uint32   `json:"flags"`
	Problems   []string `json:"problems"`
	Inner      *planMap `json:"inner"`
}

type planHelper struct {
	ID       int32        `json:"id"`
	Name     string       `json:"name"`
	Function string       `json:"function"`
	Location jsonLocation `json:"location"`
	Reach    planReach    `json:"reach"`
}

type planInstruction struct {
	Form     string       `json:"form"`
	Text     string       `json:"text"`
	Sure     bool         `json:"sure"`
	Places   int          `json:"places"`
	Function string       `json:"function"`
	Location jsonLocation `json:"location"`
	Reach    planReach    `json:"reach"`
}

type planRefusal struct {
	Code     string       `json:"code"`
	Stage    string       `json:"stage"`
	Subject  string       `json:"subject"`
	Detail   string       `json:"detail"`
	Object   bool         `json:"object"`
	Programs []string     `json:"programs"`
	Possible []string     `json:"possible"`
	Location jsonLocation `json:"location"`
}
