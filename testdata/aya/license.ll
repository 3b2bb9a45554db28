; A license without a NUL: static LICENSE: [u8; 3] = *b"GPL".
target datalayout = "e-m:e-p:64:64-i64:64-i128:128-n32:64-S128"
target triple = "bpfel"

@LICENSE = constant [3 x i8] c"GPL", section "license", align 1, !dbg !14

define i32 @run(ptr %ctx) section "socket" !dbg !7 {
  ret i32 0, !dbg !15
}

!llvm.dbg.cu = !{!1}
!llvm.module.flags = !{!17, !18}

!0 = !DIFile(filename: "src/main.rs", directory: ".")
!1 = distinct !DICompileUnit(language: DW_LANG_Rust, file: !0, producer: "clang LLVM (rustc version 1.86.0-nightly)", isOptimized: true, runtimeVersion: 0, emissionKind: FullDebug, globals: !16, splitDebugInlining: false)
!2 = !DIBasicType(name: "u32", size: 32, encoding: DW_ATE_unsigned)
!3 = !DIBasicType(name: "u8", size: 8, encoding: DW_ATE_unsigned)
!4 = !DIDerivedType(tag: DW_TAG_pointer_type, name: "*mut core::ffi::c_void", baseType: !3, size: 64)
!5 = !{!2, !4}
!6 = !DISubroutineType(types: !5)
!7 = distinct !DISubprogram(name: "run", scope: !1, file: !0, line: 12, type: !6, scopeLine: 12, spFlags: DISPFlagDefinition | DISPFlagOptimized, unit: !1, retainedNodes: !9)
!8 = !DILocalVariable(name: "ctx", arg: 1, scope: !7, file: !0, line: 12, type: !4)
!9 = !{!8}
!10 = !DISubrange(count: 3, lowerBound: 0)
!11 = !{!10}
!12 = !DICompositeType(tag: DW_TAG_array_type, baseType: !3, size: 24, elements: !11)
!13 = distinct !DIGlobalVariable(name: "LICENSE", scope: !1, file: !0, line: 8, type: !12, isLocal: false, isDefinition: true)
!14 = !DIGlobalVariableExpression(var: !13, expr: !DIExpression())
!15 = !DILocation(line: 13, column: 5, scope: !7)
!16 = !{!14}
!17 = !{i32 2, !"Debug Info Version", i32 3}
!18 = !{i32 7, !"Dwarf Version", i32 4}
