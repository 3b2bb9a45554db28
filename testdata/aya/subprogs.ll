; A function that is exported, #[no_mangle], and not inlined: bpf-linker leaves it
; GLOBAL, so that the kernel verifies it alone, and refuses what it returns.
target datalayout = "e-m:e-p:64:64-i64:64-i128:128-n32:64-S128"
target triple = "bpfel"

@TABLE = constant [4 x i8] c"abcd", section ".rodata", align 1, !dbg !20

define i32 @filter(ptr %ctx) section "socket" !dbg !8 {
  %p = call ptr @first(i32 1), !dbg !21
  %null = icmp eq ptr %p, null, !dbg !22
  %r = zext i1 %null to i32, !dbg !22
  ret i32 %r, !dbg !23
}

define ptr @first(i32 %n) noinline optnone !dbg !13 {
  ret ptr @TABLE, !dbg !24
}

!llvm.dbg.cu = !{!1}
!llvm.module.flags = !{!26, !27}

!0 = !DIFile(filename: "src/main.rs", directory: ".")
!1 = distinct !DICompileUnit(language: DW_LANG_Rust, file: !0, producer: "clang LLVM (rustc version 1.86.0-nightly)", isOptimized: true, runtimeVersion: 0, emissionKind: FullDebug, globals: !25, splitDebugInlining: false)
!2 = !DIBasicType(name: "u32", size: 32, encoding: DW_ATE_unsigned)
!3 = !DIBasicType(name: "u8", size: 8, encoding: DW_ATE_unsigned)
!4 = !DIDerivedType(tag: DW_TAG_pointer_type, name: "*mut core::ffi::c_void", baseType: !3, size: 64)
!5 = !DIDerivedType(tag: DW_TAG_pointer_type, name: "*const u8", baseType: !3, size: 64)
!6 = !{!2, !4}
!7 = !DISubroutineType(types: !6)
!8 = distinct !DISubprogram(name: "filter", scope: !1, file: !0, line: 12, type: !7, scopeLine: 12, spFlags: DISPFlagDefinition | DISPFlagOptimized, unit: !1, retainedNodes: !10)
!9 = !DILocalVariable(name: "ctx", arg: 1, scope: !8, file: !0, line: 12, type: !4)
!10 = !{!9}
!11 = !{!5, !2}
!12 = !DISubroutineType(types: !11)
!13 = distinct !DISubprogram(name: "first", scope: !1, file: !0, line: 20, type: !12, scopeLine: 20, spFlags: DISPFlagDefinition | DISPFlagOptimized, unit: !1, retainedNodes: !15)
!14 = !DILocalVariable(name: "n", arg: 1, scope: !13, file: !0, line: 20, type: !2)
!15 = !{!14}
!16 = !DISubrange(count: 4, lowerBound: 0)
!17 = !{!16}
!18 = !DICompositeType(tag: DW_TAG_array_type, baseType: !3, size: 32, elements: !17)
!19 = distinct !DIGlobalVariable(name: "TABLE", scope: !1, file: !0, line: 8, type: !18, isLocal: false, isDefinition: true)
!20 = !DIGlobalVariableExpression(var: !19, expr: !DIExpression())
!21 = !DILocation(line: 13, column: 5, scope: !8)
!22 = !DILocation(line: 14, column: 5, scope: !8)
!23 = !DILocation(line: 15, column: 5, scope: !8)
!24 = !DILocation(line: 21, column: 5, scope: !13)
!25 = !{!20}
!26 = !{i32 2, !"Debug Info Version", i32 3}
!27 = !{i32 7, !"Dwarf Version", i32 4}
