; A map of aya_ebpf::btf_maps: described by BTF in ".maps", as in C.
target datalayout = "e-m:e-p:64:64-i64:64-i128:128-n32:64-S128"
target triple = "bpfel"

@SLOTS = global { ptr, ptr, ptr, ptr } zeroinitializer, section ".maps", align 8, !dbg !24

define i32 @filter(ptr %ctx) section "socket" !dbg !27 {
  %key = alloca i32, align 4
  store i32 0, ptr %key, align 4, !dbg !30
  %r = call ptr inttoptr (i64 1 to ptr)(ptr @SLOTS, ptr %key), !dbg !31
  %null = icmp eq ptr %r, null, !dbg !32
  %v = zext i1 %null to i32, !dbg !32
  ret i32 %v, !dbg !33
}

!llvm.dbg.cu = !{!1}
!llvm.module.flags = !{!35, !36}

!0 = !DIFile(filename: "src/main.rs", directory: ".")
!1 = distinct !DICompileUnit(language: DW_LANG_Rust, file: !0, producer: "clang LLVM (rustc version 1.86.0-nightly)", isOptimized: true, runtimeVersion: 0, emissionKind: FullDebug, globals: !34, splitDebugInlining: false)
!2 = !DIBasicType(name: "u32", size: 32, encoding: DW_ATE_unsigned)
!3 = !DIBasicType(name: "u8", size: 8, encoding: DW_ATE_unsigned)
!4 = !DIBasicType(name: "u64", size: 64, encoding: DW_ATE_unsigned)
!5 = !DIDerivedType(tag: DW_TAG_pointer_type, name: "*mut core::ffi::c_void", baseType: !3, size: 64)
!6 = !DIBasicType(name: "i32", size: 32, encoding: DW_ATE_signed)
!7 = !DISubrange(count: 2, lowerBound: 0)
!8 = !{!7}
!9 = !DICompositeType(tag: DW_TAG_array_type, baseType: !6, size: 64, elements: !8)
!10 = !DIDerivedType(tag: DW_TAG_pointer_type, name: "*const [i32; 2]", baseType: !9, size: 64)
!11 = !DIDerivedType(tag: DW_TAG_pointer_type, name: "*const u32", baseType: !2, size: 64)
!12 = !DIDerivedType(tag: DW_TAG_pointer_type, name: "*const V", baseType: !4, size: 64)
!13 = !DISubrange(count: 4, lowerBound: 0)
!14 = !{!13}
!15 = !DICompositeType(tag: DW_TAG_array_type, baseType: !6, size: 128, elements: !14)
!16 = !DIDerivedType(tag: DW_TAG_pointer_type, name: "*const [i32; 4]", baseType: !15, size: 64)
!17 = distinct !DICompositeType(tag: DW_TAG_structure_type, name: "BtfMap", scope: !1, file: !0, size: 256, elements: !22)
!18 = !DIDerivedType(tag: DW_TAG_member, name: "type", scope: !17, file: !0, baseType: !10, size: 64, offset: 0)
!19 = !DIDerivedType(tag: DW_TAG_member, name: "key", scope: !17, file: !0, baseType: !11, size: 64, offset: 64)
!20 = !DIDerivedType(tag: DW_TAG_member, name: "value", scope: !17, file: !0, baseType: !12, size: 64, offset: 128)
!21 = !DIDerivedType(tag: DW_TAG_member, name: "max_entries", scope: !17, file: !0, baseType: !16, size: 64, offset: 192)
!22 = !{!18, !19, !20, !21}
!23 = distinct !DIGlobalVariable(name: "SLOTS", scope: !1, file: !0, line: 8, type: !17, isLocal: false, isDefinition: true)
!24 = !DIGlobalVariableExpression(var: !23, expr: !DIExpression())
!25 = !{!2, !5}
!26 = !DISubroutineType(types: !25)
!27 = distinct !DISubprogram(name: "filter", scope: !1, file: !0, line: 12, type: !26, scopeLine: 12, spFlags: DISPFlagDefinition | DISPFlagOptimized, unit: !1, retainedNodes: !29)
!28 = !DILocalVariable(name: "ctx", arg: 1, scope: !27, file: !0, line: 12, type: !5)
!29 = !{!28}
!30 = !DILocation(line: 13, column: 5, scope: !27)
!31 = !DILocation(line: 14, column: 5, scope: !27)
!32 = !DILocation(line: 15, column: 5, scope: !27)
!33 = !DILocation(line: 16, column: 5, scope: !27)
!34 = !{!24}
!35 = !{i32 2, !"Debug Info Version", i32 3}
!36 = !{i32 7, !"Dwarf Version", i32 4}
