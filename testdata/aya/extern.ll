; A kernel function declared in an extern block: rustc writes no debug information
; for it, so that no BTF says what the symbol is.
target datalayout = "e-m:e-p:64:64-i64:64-i128:128-n32:64-S128"
target triple = "bpfel"

declare void @bpf_rcu_read_lock()

define i32 @run(ptr %ctx) section "tp_btf/sched_switch" !dbg !7 {
  call void @bpf_rcu_read_lock(), !dbg !10
  ret i32 0, !dbg !11
}

!llvm.dbg.cu = !{!1}
!llvm.module.flags = !{!13, !14}

!0 = !DIFile(filename: "src/main.rs", directory: ".")
!1 = distinct !DICompileUnit(language: DW_LANG_Rust, file: !0, producer: "clang LLVM (rustc version 1.86.0-nightly)", isOptimized: true, runtimeVersion: 0, emissionKind: FullDebug, globals: !12, splitDebugInlining: false)
!2 = !DIBasicType(name: "u32", size: 32, encoding: DW_ATE_unsigned)
!3 = !DIBasicType(name: "u8", size: 8, encoding: DW_ATE_unsigned)
!4 = !DIDerivedType(tag: DW_TAG_pointer_type, name: "*mut core::ffi::c_void", baseType: !3, size: 64)
!5 = !{!2, !4}
!6 = !DISubroutineType(types: !5)
!7 = distinct !DISubprogram(name: "run", scope: !1, file: !0, line: 12, type: !6, scopeLine: 12, spFlags: DISPFlagDefinition | DISPFlagOptimized, unit: !1, retainedNodes: !9)
!8 = !DILocalVariable(name: "ctx", arg: 1, scope: !7, file: !0, line: 12, type: !4)
!9 = !{!8}
!10 = !DILocation(line: 13, column: 5, scope: !7)
!11 = !DILocation(line: 14, column: 5, scope: !7)
!12 = !{}
!13 = !{i32 2, !"Debug Info Version", i32 3}
!14 = !{i32 7, !"Dwarf Version", i32 4}
