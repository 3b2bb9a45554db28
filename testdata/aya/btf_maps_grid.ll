; A map whose value is an array of arrays, [[u8; 4]; 8]: aya 0.14.0 takes it for
; 4 bytes, which contradicts the type.
target datalayout = "e-m:e-p:64:64-i64:64-i128:128-n32:64-S128"
target triple = "bpfel"

@GRID = global { ptr, ptr, ptr, ptr } zeroinitializer, section ".maps", align 8, !dbg !27

define i32 @filter(ptr %ctx) section "socket" !dbg !30 {
  %key = alloca i32, align 4
  store i32 0, ptr %key, align 4, !dbg !33
  %r = call ptr inttoptr (i64 1 to ptr)(ptr @GRID, ptr %key), !dbg !34
  %null = icmp eq ptr %r, null, !dbg !35
  %v = zext i1 %null to i32, !dbg !35
  ret i32 %v, !dbg !36
}

!llvm.dbg.cu = !{!1}
!llvm.module.flags = !{!38, !39}

!0 = !DIFile(filename: "src/main.rs", directory: ".")
!1 = distinct !DICompileUnit(language: DW_LANG_Rust, file: !0, producer: "clang LLVM (rustc version 1.86.0-nightly)", isOptimized: true, runtimeVersion: 0, emissionKind: FullDebug, globals: !37, splitDebugInlining: false)
!2 = !DIBasicType(name: "u32", size: 32, encoding: DW_ATE_unsigned)
!3 = !DIBasicType(name: "u8", size: 8, encoding: DW_ATE_unsigned)
!4 = !DIDerivedType(tag: DW_TAG_pointer_type, name: "*mut core::ffi::c_void", baseType: !3, size: 64)
!5 = !DISubrange(count: 4, lowerBound: 0)
!6 = !{!5}
!7 = !DICompositeType(tag: DW_TAG_array_type, baseType: !3, size: 32, elements: !6)
!8 = !DISubrange(count: 8, lowerBound: 0)
!9 = !{!8}
!10 = !DICompositeType(tag: DW_TAG_array_type, baseType: !7, size: 256, elements: !9)
!11 = !DIBasicType(name: "i32", size: 32, encoding: DW_ATE_signed)
!12 = !DISubrange(count: 2, lowerBound: 0)
!13 = !{!12}
!14 = !DICompositeType(tag: DW_TAG_array_type, baseType: !11, size: 64, elements: !13)
!15 = !DIDerivedType(tag: DW_TAG_pointer_type, name: "*const [i32; 2]", baseType: !14, size: 64)
!16 = !DIDerivedType(tag: DW_TAG_pointer_type, name: "*const u32", baseType: !2, size: 64)
!17 = !DIDerivedType(tag: DW_TAG_pointer_type, name: "*const V", baseType: !10, size: 64)
!18 = !DICompositeType(tag: DW_TAG_array_type, baseType: !11, size: 128, elements: !6)
!19 = !DIDerivedType(tag: DW_TAG_pointer_type, name: "*const [i32; 4]", baseType: !18, size: 64)
!20 = distinct !DICompositeType(tag: DW_TAG_structure_type, name: "BtfMap", scope: !1, file: !0, size: 256, elements: !25)
!21 = !DIDerivedType(tag: DW_TAG_member, name: "type", scope: !20, file: !0, baseType: !15, size: 64, offset: 0)
!22 = !DIDerivedType(tag: DW_TAG_member, name: "key", scope: !20, file: !0, baseType: !16, size: 64, offset: 64)
!23 = !DIDerivedType(tag: DW_TAG_member, name: "value", scope: !20, file: !0, baseType: !17, size: 64, offset: 128)
!24 = !DIDerivedType(tag: DW_TAG_member, name: "max_entries", scope: !20, file: !0, baseType: !19, size: 64, offset: 192)
!25 = !{!21, !22, !23, !24}
!26 = distinct !DIGlobalVariable(name: "GRID", scope: !1, file: !0, line: 8, type: !20, isLocal: false, isDefinition: true)
!27 = !DIGlobalVariableExpression(var: !26, expr: !DIExpression())
!28 = !{!2, !4}
!29 = !DISubroutineType(types: !28)
!30 = distinct !DISubprogram(name: "filter", scope: !1, file: !0, line: 12, type: !29, scopeLine: 12, spFlags: DISPFlagDefinition | DISPFlagOptimized, unit: !1, retainedNodes: !32)
!31 = !DILocalVariable(name: "ctx", arg: 1, scope: !30, file: !0, line: 12, type: !4)
!32 = !{!31}
!33 = !DILocation(line: 13, column: 5, scope: !30)
!34 = !DILocation(line: 14, column: 5, scope: !30)
!35 = !DILocation(line: 15, column: 5, scope: !30)
!36 = !DILocation(line: 16, column: 5, scope: !30)
!37 = !{!27}
!38 = !{i32 2, !"Debug Info Version", i32 3}
!39 = !{i32 7, !"Dwarf Version", i32 4}
