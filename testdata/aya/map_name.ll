; A map with a name of its own, #[map(name = "seen-pids")]: the macro exports the
; static under it.
target datalayout = "e-m:e-p:64:64-i64:64-i128:128-n32:64-S128"
target triple = "bpfel"

@"seen-pids" = global { i32, i32, i32, i32, i32, i32, i32 } { i32 1, i32 4, i32 8, i32 1024, i32 0, i32 0, i32 0 }, section "maps", align 4, !dbg !23

define i32 @run(ptr %ctx) section "socket" !dbg !7 {
  %key = alloca i64, align 8
  store i64 0, ptr %key, align 8, !dbg !24
  %r = call i64 inttoptr (i64 1 to ptr)(ptr @"seen-pids", ptr %key), !dbg !25
  ret i32 0, !dbg !26
}

!llvm.dbg.cu = !{!1}
!llvm.module.flags = !{!28, !29}

!0 = !DIFile(filename: "src/main.rs", directory: ".")
!1 = distinct !DICompileUnit(language: DW_LANG_Rust, file: !0, producer: "clang LLVM (rustc version 1.86.0-nightly)", isOptimized: true, runtimeVersion: 0, emissionKind: FullDebug, globals: !27, splitDebugInlining: false)
!2 = !DIBasicType(name: "u32", size: 32, encoding: DW_ATE_unsigned)
!3 = !DIBasicType(name: "u8", size: 8, encoding: DW_ATE_unsigned)
!4 = !DIDerivedType(tag: DW_TAG_pointer_type, name: "*mut core::ffi::c_void", baseType: !3, size: 64)
!5 = !{!2, !4}
!6 = !DISubroutineType(types: !5)
!7 = distinct !DISubprogram(name: "run", scope: !1, file: !0, line: 12, type: !6, scopeLine: 12, spFlags: DISPFlagDefinition | DISPFlagOptimized, unit: !1, retainedNodes: !9)
!8 = !DILocalVariable(name: "ctx", arg: 1, scope: !7, file: !0, line: 12, type: !4)
!9 = !{!8}
!10 = distinct !DICompositeType(tag: DW_TAG_structure_type, name: "bpf_map_def", scope: !1, file: !0, size: 224, elements: !18)
!11 = !DIDerivedType(tag: DW_TAG_member, name: "type_", scope: !10, file: !0, baseType: !2, size: 32, offset: 0)
!12 = !DIDerivedType(tag: DW_TAG_member, name: "key_size", scope: !10, file: !0, baseType: !2, size: 32, offset: 32)
!13 = !DIDerivedType(tag: DW_TAG_member, name: "value_size", scope: !10, file: !0, baseType: !2, size: 32, offset: 64)
!14 = !DIDerivedType(tag: DW_TAG_member, name: "max_entries", scope: !10, file: !0, baseType: !2, size: 32, offset: 96)
!15 = !DIDerivedType(tag: DW_TAG_member, name: "map_flags", scope: !10, file: !0, baseType: !2, size: 32, offset: 128)
!16 = !DIDerivedType(tag: DW_TAG_member, name: "id", scope: !10, file: !0, baseType: !2, size: 32, offset: 160)
!17 = !DIDerivedType(tag: DW_TAG_member, name: "pinning", scope: !10, file: !0, baseType: !2, size: 32, offset: 192)
!18 = !{!11, !12, !13, !14, !15, !16, !17}
!19 = distinct !DICompositeType(tag: DW_TAG_structure_type, name: "HashMap_3C_u32_2C__20_u64_3E_", scope: !1, file: !0, size: 224, elements: !21)
!20 = !DIDerivedType(tag: DW_TAG_member, name: "def", scope: !19, file: !0, baseType: !10, size: 224, offset: 0)
!21 = !{!20}
!22 = distinct !DIGlobalVariable(name: "SEEN", scope: !1, file: !0, line: 8, type: !19, isLocal: false, isDefinition: true)
!23 = !DIGlobalVariableExpression(var: !22, expr: !DIExpression())
!24 = !DILocation(line: 13, column: 5, scope: !7)
!25 = !DILocation(line: 14, column: 5, scope: !7)
!26 = !DILocation(line: 15, column: 5, scope: !7)
!27 = !{!23}
!28 = !{i32 2, !"Debug Info Version", i32 3}
!29 = !{i32 7, !"Dwarf Version", i32 4}
