; An object as bpf-linker with "-C link-arg=--btf" emits it for programs of
; aya-template: maps of aya_ebpf::macros::map in section "maps", each a struct
; bpf_map_def of 28 bytes, a global that the application sets, aya_ebpf's own
; memset in .text, exported and therefore GLOBAL, the characters of generic names
; replaced (bpf-linker pull request 182), pointers with the names that rustc gives
; them, and no license.
target datalayout = "e-m:e-p:64:64-i64:64-i128:128-n32:64-S128"
target triple = "bpfel"

@COUNTS = global { i32, i32, i32, i32, i32, i32, i32 } { i32 1, i32 4, i32 8, i32 1024, i32 0, i32 0, i32 0 }, section "maps", align 4, !dbg !19
@LIMITS = global { i32, i32, i32, i32, i32, i32, i32 } { i32 2, i32 4, i32 4, i32 4, i32 0, i32 0, i32 0 }, section "maps", align 4, !dbg !33
@LEVEL = constant i32 3, section ".rodata", align 4, !dbg !35

define i32 @count(ptr %ctx) section "kprobe" !dbg !38 {
  %key = alloca i32, align 4
  %value = alloca [8 x i8], align 8
  %level = load volatile i32, ptr @LEVEL, align 4, !dbg !52
  store i32 %level, ptr %key, align 4, !dbg !53
  call void @memset(ptr %value, i32 1, i64 8), !dbg !54
  %r = call ptr inttoptr (i64 1 to ptr)(ptr @COUNTS, ptr %value), !dbg !55
  ret i32 0, !dbg !56
}

define i32 @opened(ptr %ctx) section "tracepoint" !dbg !41 {
  %event = alloca i32, align 4
  store i32 7, ptr %event, align 4, !dbg !57
  %r = call ptr inttoptr (i64 1 to ptr)(ptr @LIMITS, ptr %event), !dbg !58
  ret i32 0, !dbg !59
}

define void @memset(ptr %s, i32 %c, i64 %n) noinline !dbg !47 {
  %b = trunc i32 %c to i8, !dbg !60
  br label %next, !dbg !60
next:
  %i = phi i64 [ 0, %0 ], [ %j, %next ]
  %p = getelementptr i8, ptr %s, i64 %i, !dbg !61
  store volatile i8 %b, ptr %p, align 1, !dbg !61
  %j = add i64 %i, 1, !dbg !62
  %more = icmp ult i64 %j, 8, !dbg !62
  br i1 %more, label %next, label %done, !dbg !62
done:
  ret void, !dbg !63
}

!llvm.dbg.cu = !{!1}
!llvm.module.flags = !{!65, !66}

!0 = !DIFile(filename: "src/main.rs", directory: ".")
!1 = distinct !DICompileUnit(language: DW_LANG_Rust, file: !0, producer: "clang LLVM (rustc version 1.86.0-nightly)", isOptimized: true, runtimeVersion: 0, emissionKind: FullDebug, globals: !64, splitDebugInlining: false)
!2 = !DIBasicType(name: "u32", size: 32, encoding: DW_ATE_unsigned)
!3 = !DIBasicType(name: "u64", size: 64, encoding: DW_ATE_unsigned)
!4 = !DIBasicType(name: "u8", size: 8, encoding: DW_ATE_unsigned)
!5 = !DIDerivedType(tag: DW_TAG_pointer_type, name: "*mut core::ffi::c_void", baseType: !4, size: 64)
!6 = distinct !DICompositeType(tag: DW_TAG_structure_type, name: "bpf_map_def", scope: !1, file: !0, size: 224, elements: !14)
!7 = !DIDerivedType(tag: DW_TAG_member, name: "type_", scope: !6, file: !0, baseType: !2, size: 32, offset: 0)
!8 = !DIDerivedType(tag: DW_TAG_member, name: "key_size", scope: !6, file: !0, baseType: !2, size: 32, offset: 32)
!9 = !DIDerivedType(tag: DW_TAG_member, name: "value_size", scope: !6, file: !0, baseType: !2, size: 32, offset: 64)
!10 = !DIDerivedType(tag: DW_TAG_member, name: "max_entries", scope: !6, file: !0, baseType: !2, size: 32, offset: 96)
!11 = !DIDerivedType(tag: DW_TAG_member, name: "map_flags", scope: !6, file: !0, baseType: !2, size: 32, offset: 128)
!12 = !DIDerivedType(tag: DW_TAG_member, name: "id", scope: !6, file: !0, baseType: !2, size: 32, offset: 160)
!13 = !DIDerivedType(tag: DW_TAG_member, name: "pinning", scope: !6, file: !0, baseType: !2, size: 32, offset: 192)
!14 = !{!7, !8, !9, !10, !11, !12, !13}
!15 = distinct !DICompositeType(tag: DW_TAG_structure_type, name: "HashMap_3C_u32_2C__20_u64_3E_", scope: !1, file: !0, size: 224, elements: !17)
!16 = !DIDerivedType(tag: DW_TAG_member, name: "def", scope: !15, file: !0, baseType: !6, size: 224, offset: 0)
!17 = !{!16}
!18 = distinct !DIGlobalVariable(name: "COUNTS", scope: !1, file: !0, line: 8, type: !15, isLocal: false, isDefinition: true)
!19 = !DIGlobalVariableExpression(var: !18, expr: !DIExpression())
!20 = distinct !DICompositeType(tag: DW_TAG_structure_type, name: "bpf_map_def", scope: !1, file: !0, size: 224, elements: !28)
!21 = !DIDerivedType(tag: DW_TAG_member, name: "type_", scope: !20, file: !0, baseType: !2, size: 32, offset: 0)
!22 = !DIDerivedType(tag: DW_TAG_member, name: "key_size", scope: !20, file: !0, baseType: !2, size: 32, offset: 32)
!23 = !DIDerivedType(tag: DW_TAG_member, name: "value_size", scope: !20, file: !0, baseType: !2, size: 32, offset: 64)
!24 = !DIDerivedType(tag: DW_TAG_member, name: "max_entries", scope: !20, file: !0, baseType: !2, size: 32, offset: 96)
!25 = !DIDerivedType(tag: DW_TAG_member, name: "map_flags", scope: !20, file: !0, baseType: !2, size: 32, offset: 128)
!26 = !DIDerivedType(tag: DW_TAG_member, name: "id", scope: !20, file: !0, baseType: !2, size: 32, offset: 160)
!27 = !DIDerivedType(tag: DW_TAG_member, name: "pinning", scope: !20, file: !0, baseType: !2, size: 32, offset: 192)
!28 = !{!21, !22, !23, !24, !25, !26, !27}
!29 = distinct !DICompositeType(tag: DW_TAG_structure_type, name: "Array_3C_u32_3E_", scope: !1, file: !0, size: 224, elements: !31)
!30 = !DIDerivedType(tag: DW_TAG_member, name: "def", scope: !29, file: !0, baseType: !20, size: 224, offset: 0)
!31 = !{!30}
!32 = distinct !DIGlobalVariable(name: "LIMITS", scope: !1, file: !0, line: 8, type: !29, isLocal: false, isDefinition: true)
!33 = !DIGlobalVariableExpression(var: !32, expr: !DIExpression())
!34 = distinct !DIGlobalVariable(name: "LEVEL", scope: !1, file: !0, line: 8, type: !2, isLocal: false, isDefinition: true)
!35 = !DIGlobalVariableExpression(var: !34, expr: !DIExpression())
!36 = !{!2, !5}
!37 = !DISubroutineType(types: !36)
!38 = distinct !DISubprogram(name: "count", scope: !1, file: !0, line: 12, type: !37, scopeLine: 12, spFlags: DISPFlagDefinition | DISPFlagOptimized, unit: !1, retainedNodes: !40)
!39 = !DILocalVariable(name: "ctx", arg: 1, scope: !38, file: !0, line: 12, type: !5)
!40 = !{!39}
!41 = distinct !DISubprogram(name: "opened", scope: !1, file: !0, line: 20, type: !37, scopeLine: 20, spFlags: DISPFlagDefinition | DISPFlagOptimized, unit: !1, retainedNodes: !43)
!42 = !DILocalVariable(name: "ctx", arg: 1, scope: !41, file: !0, line: 20, type: !5)
!43 = !{!42}
!44 = !DIDerivedType(tag: DW_TAG_pointer_type, name: "*mut u8", baseType: !4, size: 64)
!45 = !{null, !44, !2, !3}
!46 = !DISubroutineType(types: !45)
!47 = distinct !DISubprogram(name: "memset", scope: !1, file: !0, line: 30, type: !46, scopeLine: 30, spFlags: DISPFlagDefinition | DISPFlagOptimized, unit: !1, retainedNodes: !51)
!48 = !DILocalVariable(name: "s", arg: 1, scope: !47, file: !0, line: 30, type: !44)
!49 = !DILocalVariable(name: "c", arg: 2, scope: !47, file: !0, line: 30, type: !2)
!50 = !DILocalVariable(name: "n", arg: 3, scope: !47, file: !0, line: 30, type: !3)
!51 = !{!48, !49, !50}
!52 = !DILocation(line: 13, column: 5, scope: !38)
!53 = !DILocation(line: 14, column: 5, scope: !38)
!54 = !DILocation(line: 15, column: 5, scope: !38)
!55 = !DILocation(line: 16, column: 5, scope: !38)
!56 = !DILocation(line: 17, column: 5, scope: !38)
!57 = !DILocation(line: 21, column: 5, scope: !41)
!58 = !DILocation(line: 22, column: 5, scope: !41)
!59 = !DILocation(line: 23, column: 5, scope: !41)
!60 = !DILocation(line: 31, column: 5, scope: !47)
!61 = !DILocation(line: 32, column: 5, scope: !47)
!62 = !DILocation(line: 33, column: 5, scope: !47)
!63 = !DILocation(line: 34, column: 5, scope: !47)
!64 = !{!19, !33, !35}
!65 = !{i32 2, !"Debug Info Version", i32 3}
!66 = !{i32 7, !"Dwarf Version", i32 4}
