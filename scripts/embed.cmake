# Sets `out` to a C file that holds the bytes of `input` as an array with that name.
function(embed_file input symbol out)
  set(output ${CMAKE_BINARY_DIR}/embed/${symbol}.c)
  add_custom_command(OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DINPUT=${input} -DOUTPUT=${output} -DSYMBOL=${symbol} -P ${CMAKE_SOURCE_DIR}/scripts/embed-file.cmake
    DEPENDS ${input} ${CMAKE_SOURCE_DIR}/scripts/embed-file.cmake)
  set(${out} ${output} PARENT_SCOPE)
endfunction()

# The description of the API, which the server serves.
embed_file(${CMAKE_SOURCE_DIR}/src/http/openapi.json embed_openapi_json EMBEDDED_OPENAPI)

# Turns the templates of a folder into C arrays at build time, and lists them in a table that src/config/embedded.h
# declares: a new file there needs no other change.
set(EMBEDDED_TEMPLATES "")
function(embed_templates folder table)
  file(GLOB inputs CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/${folder}/*.tmpl)
  set(externs "")
  set(rows "")
  foreach(input IN LISTS inputs)
    get_filename_component(name ${input} NAME)
    string(REGEX REPLACE "[^a-zA-Z0-9]" "_" symbol embed_${table}_${name})
    embed_file(${input} ${symbol} output)
    list(APPEND EMBEDDED_TEMPLATES ${output})
    string(APPEND externs "extern const char ${symbol}[];\nextern const size_t ${symbol}_len;\n")
    string(APPEND rows "    {\"${name}\", ${symbol}, &${symbol}_len},\n")
  endforeach()
  set(index ${CMAKE_BINARY_DIR}/embed/${table}.c)
  file(CONFIGURE OUTPUT ${index} @ONLY CONTENT
    "#include \"embedded.h\"\n\n@externs@\nconst struct embedded_file @table@[] = {\n@rows@    {0},\n};\n")
  set(EMBEDDED_TEMPLATES ${EMBEDDED_TEMPLATES} ${index} PARENT_SCOPE)
endfunction()
embed_templates(templates embedded_templates)
embed_templates(templates/prometheus-webhook-dingtalk embedded_dingtalk_templates)
