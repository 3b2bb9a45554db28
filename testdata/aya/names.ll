; What a linker emits that does not know what the kernel takes for a name, such as
; LLVM's own (bpf-linker mends structs since its pull request 182, unions since
; 346): the generic type keeps its brackets. The kernel refuses the BTF; a
; tracepoint, and maps without BTF types, do without.
target datalayout = "e-m:e-p:64:64-i64:64-i128:128-n32:64-S128"
target triple = "bpfel"

@COUNTS = global { i32, i32, i32, i32, i32, i32, i32 } { i32 1, i32 4, i32 8, i32 1024, i32 0, i32 0, i32 0 }, section "maps", align 4, !dbg !18

define i32 @count(ptr %ctx) section "tracepoint" !dbg !21 {
  %key = alloca i64, align 8
  store i64 0, ptr %key, align 8, !dbg !24
  %r = call i64 inttoptr (i64 1 to ptr)(ptr @COUNTS, ptr %key), !dbg !25
  ret i32 0, !dbg !26
}

!llvm.dbg.cu = !{!1}
!llvm.module.flags = !{!28, !29}

!0 = !DIFile(filename: "src/main.rs", directory: ".")
!1 = distinct !DICompileUnit(language: DW_LANG_Rust, file: !0, producer: "clang LLVM (rustc version 1.86.0-nightly)", isOptimized: true, runtimeVersion: 0, emissionKind: FullDebug, globals: !27, splitDebugInlining: false)
!2 = !DIBasicType(name: "u32", size: 32, encoding: DW_ATE_unsigned)
!3 = !DIBasicType(name: "u8", size: 8, encoding: DW_ATE_unsigned)
!4 = !DIDerivedType(tag: DW_TAG_pointer_type, name: "*mut core::ffi::c_void", baseType: !3, size: 64)
!5 = distinct !DICompositeType(tag: DW_TAG_structure_type, name: "bpf_map_def", scope: !1, file: !0, size: 224, elements: !13)
!6 = !DIDerivedType(tag: DW_TAG_member, name: "type_", scope: !5, file: !0, baseType: !2, size: 32, offset: 0)
!7 = !DIDerivedType(tag: DW_TAG_member, name: "key_size", scope: !5, file: !0, baseType: !2, size: 32, offset: 32)
!8 = !DIDerivedType(tag: DW_TAG_member, name: "value_size", scope: !5, file: !0, baseType: !2, size: 32, offset: 64)
!9 = !DIDerivedType(tag: DW_TAG_member, name: "max_entries", scope: !5, file: !0, baseType: !2, size: 32, offset: 96)
!10 = !DIDerivedType(tag: DW_TAG_member, name: "map_flags", scope: !5, file: !0, baseType: !2, size: 32, offset: 128)
!11 = !DIDerivedType(tag: DW_TAG_member, name: "id", scope: !5, file: !0, baseType: !2, size: 32, offset: 160)
!12 = !DIDerivedType(tag: DW_TAG_member, name: "pinning", scope: !5, file: !0, baseType: !2, size: 32, offset: 192)
!13 = !{!6, !7, !8, !9, !10, !11, !12}
!14 = distinct !DICompositeType(tag: DW_TAG_structure_type, name: "HashMap<u32, u64>", scope: !1, file: !0, size: 224, elements: !16)
!15 = !DIDerivedType(tag: DW_TAG_member, name: "def", scope: !14, file: !0, baseType: !5, size: 224, offset: 0)
!16 = !{!15}
!17 = distinct !DIGlobalVariable(name: "COUNTS", scope: !1, file: !0, line: 8, type: !14, isLocal: false, isDefinition: true)
!18 = !DIGlobalVariableExpression(var: !17, expr: !DIExpression())
!19 = !{!2, !4}
!20 = !DISubroutineType(types: !19)
!21 = distinct !DISubprogram(name: "count", scope: !1, file: !0, line: 12, type: !20, scopeLine: 12, spFlags: DISPFlagDefinition | DISPFlagOptimized, unit: !1, retainedNodes: !23)
!22 = !DILocalVariable(name: "ctx", arg: 1, scope: !21, file: !0, line: 12, type: !4)
!23 = !{!22}
!24 = !DILocation(line: 13, column: 5, scope: !21)
!25 = !DILocation(line: 14, column: 5, scope: !21)
!26 = !DILocation(line: 15, column: 5, scope: !21)
!27 = !{!18}
!28 = !{i32 2, !"Debug Info Version", i32 3}
!29 = !{i32 7, !"Dwarf Version", i32 4}
