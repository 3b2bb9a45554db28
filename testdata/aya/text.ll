; Two equal functions that LLVM merged, as rustc asks it to (merge-functions=
; aliases): one is an alias of the other, at the same place of .text.
target datalayout = "e-m:e-p:64:64-i64:64-i128:128-n32:64-S128"
target triple = "bpfel"

@twin = alias i32 (i32), ptr @same

define i32 @run(ptr %ctx) section "socket" !dbg !7 {
  %a = call i32 @same(i32 1), !dbg !15
  %b = call i32 @twin(i32 %a), !dbg !16
  ret i32 %b, !dbg !17
}

define i32 @same(i32 %n) noinline optnone !dbg !12 {
  %r = add i32 %n, 1, !dbg !18
  ret i32 %r, !dbg !19
}

!llvm.dbg.cu = !{!1}
!llvm.module.flags = !{!21, !22}

!0 = !DIFile(filename: "src/main.rs", directory: ".")
!1 = distinct !DICompileUnit(language: DW_LANG_Rust, file: !0, producer: "clang LLVM (rustc version 1.86.0-nightly)", isOptimized: true, runtimeVersion: 0, emissionKind: FullDebug, globals: !20, splitDebugInlining: false)
!2 = !DIBasicType(name: "u32", size: 32, encoding: DW_ATE_unsigned)
!3 = !DIBasicType(name: "u8", size: 8, encoding: DW_ATE_unsigned)
!4 = !DIDerivedType(tag: DW_TAG_pointer_type, name: "*mut core::ffi::c_void", baseType: !3, size: 64)
!5 = !{!2, !4}
!6 = !DISubroutineType(types: !5)
!7 = distinct !DISubprogram(name: "run", scope: !1, file: !0, line: 12, type: !6, scopeLine: 12, spFlags: DISPFlagDefinition | DISPFlagOptimized, unit: !1, retainedNodes: !9)
!8 = !DILocalVariable(name: "ctx", arg: 1, scope: !7, file: !0, line: 12, type: !4)
!9 = !{!8}
!10 = !{!2, !2}
!11 = !DISubroutineType(types: !10)
!12 = distinct !DISubprogram(name: "same", scope: !1, file: !0, line: 20, type: !11, scopeLine: 20, spFlags: DISPFlagDefinition | DISPFlagOptimized, unit: !1, retainedNodes: !14)
!13 = !DILocalVariable(name: "n", arg: 1, scope: !12, file: !0, line: 20, type: !2)
!14 = !{!13}
!15 = !DILocation(line: 13, column: 5, scope: !7)
!16 = !DILocation(line: 14, column: 5, scope: !7)
!17 = !DILocation(line: 15, column: 5, scope: !7)
!18 = !DILocation(line: 21, column: 5, scope: !12)
!19 = !DILocation(line: 22, column: 5, scope: !12)
!20 = !{}
!21 = !{i32 2, !"Debug Info Version", i32 3}
!22 = !{i32 7, !"Dwarf Version", i32 4}
