; An LSM program, #[lsm(hook = "file_open")], and no license.
target datalayout = "e-m:e-p:64:64-i64:64-i128:128-n32:64-S128"
target triple = "bpfel"

define i32 @opened(ptr %ctx) section "lsm/file_open" !dbg !7 {
  ret i32 0, !dbg !10
}

!llvm.dbg.cu = !{!1}
!llvm.module.flags = !{!12, !13}

!0 = !DIFile(filename: "src/main.rs", directory: ".")
!1 = distinct !DICompileUnit(language: DW_LANG_Rust, file: !0, producer: "clang LLVM (rustc version 1.86.0-nightly)", isOptimized: true, runtimeVersion: 0, emissionKind: FullDebug, globals: !11, splitDebugInlining: false)
!2 = !DIBasicType(name: "i32", size: 32, encoding: DW_ATE_signed)
!3 = !DIBasicType(name: "u8", size: 8, encoding: DW_ATE_unsigned)
!4 = !DIDerivedType(tag: DW_TAG_pointer_type, name: "*mut core::ffi::c_void", baseType: !3, size: 64)
!5 = !{!2, !4}
!6 = !DISubroutineType(types: !5)
!7 = distinct !DISubprogram(name: "opened", scope: !1, file: !0, line: 12, type: !6, scopeLine: 12, spFlags: DISPFlagDefinition | DISPFlagOptimized, unit: !1, retainedNodes: !9)
!8 = !DILocalVariable(name: "ctx", arg: 1, scope: !7, file: !0, line: 12, type: !4)
!9 = !{!8}
!10 = !DILocation(line: 13, column: 5, scope: !7)
!11 = !{}
!12 = !{i32 2, !"Debug Info Version", i32 3}
!13 = !{i32 7, !"Dwarf Version", i32 4}
