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

# Turns templates/*.tmpl into C arrays at build time, and lists them in `embedded_templates` (src/config/embedded.h):
# a new file there needs no other change.
file(GLOB embed_inputs CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/templates/*.tmpl)
set(EMBEDDED_TEMPLATES "")
set(embed_externs "")
set(embed_rows "")
foreach(input IN LISTS embed_inputs)
  get_filename_component(name ${input} NAME)
  string(REGEX REPLACE "[^a-zA-Z0-9]" "_" symbol embed_${name})
  embed_file(${input} ${symbol} output)
  list(APPEND EMBEDDED_TEMPLATES ${output})
  string(APPEND embed_externs "extern const char ${symbol}[];\nextern const size_t ${symbol}_len;\n")
  string(APPEND embed_rows "    {\"${name}\", ${symbol}, &${symbol}_len},\n")
endforeach()
set(embed_index ${CMAKE_BINARY_DIR}/embed/index.c)
file(CONFIGURE OUTPUT ${embed_index} @ONLY CONTENT
  "#include \"embedded.h\"\n\n@embed_externs@\nconst struct embedded_file embedded_templates[] = {\n@embed_rows@    {0},\n};\n")
list(APPEND EMBEDDED_TEMPLATES ${embed_index})
