package btflint_test

import (
	"bytes"
	"context"
	"log/slog"
	"os"
	"testing"

	"github.com/cilium/ebpf"
	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"github.com/btflint/btflint"
	"github.com/btflint/btflint/analyzer/kernel"
)

const gateObject = "testdata/gate/gate.o"

func loadSpec(t *testing.T) *ebpf.CollectionSpec {
	t.Helper()
	spec, err := ebpf.LoadCollectionSpec(gateObject)
	require.NoError(t, err)
	return spec
}

// toyKernel has no kfunc that the object wants.
func toyKernel(t *testing.T) *kernel.Kernel {
	t.Helper()
	spec, err := kernel.ParseSpec("toy=testdata/kernels/modern.o,modules=none")
	require.NoError(t, err)
	k, err := kernel.Open(spec)
	require.NoError(t, err)
	t.Cleanup(func() { assert.NoError(t, k.Close()) })
	return k
}

func TestCheckRefuses(t *testing.T) {
	t.Parallel()
	spec := loadSpec(t)
	v := &btflint.Validator{Kernel: toyKernel(t)}

	err := v.Check(t.Context(), spec, nil)
	var refusal *btflint.Error
	require.ErrorAs(t, err, &refusal)
	assert.Equal(t, "toy", refusal.Kernel)
	assert.ErrorIs(t, err, ebpf.ErrNotSupported)
	for _, part := range []string{`program "refused"`, "testdata/gate/gate.c:", `"btflint_missing_kfunc"`, "toy"} {
		assert.Contains(t, err.Error(), part)
	}
	assert.NotContains(t, err.Error(), "\n")
}

func TestCheckJudgesTheSpecAsHandedOver(t *testing.T) {
	t.Parallel()
	v := &btflint.Validator{Kernel: toyKernel(t)}
	spec := loadSpec(t)
	delete(spec.Programs, "refused")
	assert.NoError(t, v.Check(t.Context(), spec, nil))

	var objs struct {
		Sound  *ebpf.Program `ebpf:"sound"`
		Counts *ebpf.Map     `ebpf:"counts"`
	}
	var all struct {
		Refused *ebpf.Program `ebpf:"refused"`
	}
	whole := loadSpec(t)
	assert.ErrorAs(t, v.LoadAndAssign(t.Context(), whole, &all, nil), new(*btflint.Error))
	if err := canLoad(); err != nil {
		t.Skipf("the real load needs BPF: %v", err)
	}
	require.NoError(t, v.LoadAndAssign(t.Context(), whole, &objs, nil), "only what is assigned is checked")
	assert.NoError(t, objs.Sound.Close())
	assert.NoError(t, objs.Counts.Close())
}

func TestMode(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name    string
		mode    btflint.Mode
		refuses bool
		log     string
	}{
		{"default", "", true, ""},
		{"enforce", btflint.ModeEnforce, true, ""},
		{"warn", btflint.ModeWarn, false, "btflint_missing_kfunc"},
		{"off", btflint.ModeOff, false, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var log bytes.Buffer
			v := &btflint.Validator{
				Kernel: toyKernel(t), Mode: tt.mode,
				Logger: slog.New(slog.NewTextHandler(&log, nil)),
			}
			err := v.Check(t.Context(), loadSpec(t), nil)
			assert.Equal(t, tt.refuses, err != nil)
			if tt.log == "" {
				assert.Empty(t, log.String())
			} else {
				assert.Contains(t, log.String(), tt.log)
			}
		})
	}
}

func TestModeVariable(t *testing.T) {
	var log bytes.Buffer
	v := &btflint.Validator{Kernel: toyKernel(t), Logger: slog.New(slog.NewTextHandler(&log, nil))}
	t.Setenv(btflint.ModeVariable, "off")
	assert.NoError(t, v.Check(t.Context(), loadSpec(t), nil))
	assert.Empty(t, log.String())

	t.Setenv(btflint.ModeVariable, "perhaps")
	assert.ErrorAs(t, v.Check(t.Context(), loadSpec(t), nil), new(*btflint.Error), "a slip switches nothing off")
	assert.Contains(t, log.String(), "perhaps")
	v.Mode = btflint.ModeOff
	assert.NoError(t, v.Check(t.Context(), loadSpec(t), nil), "nor on")
}

// TestMapReplacements: a map that the caller replaces is not created.
func TestMapReplacements(t *testing.T) {
	t.Parallel()
	v := &btflint.Validator{Kernel: toyKernel(t)}
	spec := loadSpec(t)
	delete(spec.Programs, "refused")
	spec.Maps["counts"].Type = 200 // no kernel has it
	assert.ErrorAs(t, v.Check(t.Context(), spec, nil), new(*btflint.Error))
	opts := &ebpf.CollectionOptions{MapReplacements: map[string]*ebpf.Map{"counts": nil}}
	assert.NoError(t, v.Check(t.Context(), spec, opts))
	assert.Equal(t, ebpf.MapType(200), spec.Maps["counts"].Type, "the spec stays as it is")
}

func TestCannotCheck(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	v := &btflint.Validator{
		Kernel: &kernel.Kernel{Name: "blank"},
		Logger: slog.New(slog.NewTextHandler(&log, nil)),
	}
	assert.NoError(t, v.Check(t.Context(), loadSpec(t), nil), "the load goes on")
	assert.Contains(t, log.String(), "cannot check")

	strict := &btflint.Validator{Kernel: v.Kernel, Strict: true}
	err := strict.Check(t.Context(), loadSpec(t), nil)
	assert.ErrorIs(t, err, btflint.ErrCannotCheck)
	assert.ErrorIs(t, err, kernel.ErrNoTypes)
	assert.NotErrorIs(t, err, ebpf.ErrNotSupported)
	assert.ErrorIs(t, strict.ValidateBeforeLoad(t.Context(), "testdata/gate/none.o"), os.ErrNotExist)

	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	assert.ErrorIs(t, (&btflint.Validator{Kernel: toyKernel(t)}).Check(ctx, loadSpec(t), nil), context.Canceled)
}

func TestValidateBeforeLoad(t *testing.T) {
	t.Parallel()
	v := &btflint.Validator{Kernel: toyKernel(t)}
	assert.ErrorAs(t, v.ValidateBeforeLoad(t.Context(), gateObject), new(*btflint.Error))
	assert.NoError(t, v.ValidateBeforeLoad(t.Context(), "testdata/objects/subprogs.o"))
}

// TestGateAgreesWithTheRunningKernel loads for real what the gate lets
// through, and has the kernel refuse what it refuses.
func TestGateAgreesWithTheRunningKernel(t *testing.T) {
	if err := canLoad(); err != nil {
		t.Skipf("needs BPF: %v", err)
	}
	if _, err := os.Stat("/sys/kernel/btf/vmlinux"); err != nil {
		t.Skipf("needs kernel BTF: %v", err)
	}
	spec := loadSpec(t)
	before := spec.Copy()

	_, err := btflint.NewCollection(spec)
	assert.ErrorAs(t, err, new(*btflint.Error))
	_, err = ebpf.NewCollection(spec)
	assert.Error(t, err, "the gate must not refuse what the kernel loads")

	var refused struct {
		Refused *ebpf.Program `ebpf:"refused"`
	}
	assert.ErrorAs(t, btflint.LoadAndAssign(spec, &refused, nil), new(*btflint.Error))
	var sound struct {
		Sound *ebpf.Program `ebpf:"sound"`
	}
	require.NoError(t, btflint.LoadAndAssign(spec, &sound, nil))
	assert.NoError(t, sound.Sound.Close())

	delete(spec.Programs, "refused")
	require.NoError(t, btflint.Check(t.Context(), spec))
	coll, err := btflint.NewCollection(spec)
	require.NoError(t, err)
	coll.Close()
	assert.Equal(t, before.Programs["sound"].Instructions, spec.Programs["sound"].Instructions, "the spec stays as it is")
}

// canLoad says why no program can be loaded here; nil if one can.
func canLoad() error {
	m, err := ebpf.NewMap(&ebpf.MapSpec{Type: ebpf.Array, KeySize: 4, ValueSize: 4, MaxEntries: 1})
	if err != nil {
		return err
	}
	return m.Close()
}
