# Turns templates/*.tmpl and other shipped files into C arrays at build time.
file(GLOB embed_inputs CONFIGURE_DEPENDS ${CMAKE_SOURCE_DIR}/templates/*.tmpl)
set(EMBEDDED_TEMPLATES "")
foreach(input IN LISTS embed_inputs)
  get_filename_component(stem ${input} NAME)
  string(REGEX REPLACE "[^a-zA-Z0-9]" "_" symbol ${stem})
  set(output ${CMAKE_BINARY_DIR}/embed/${symbol}.c)
  add_custom_command(OUTPUT ${output}
    COMMAND ${CMAKE_COMMAND} -DINPUT=${input} -DOUTPUT=${output} -DSYMBOL=embed_${symbol} -P ${CMAKE_SOURCE_DIR}/scripts/embed-file.cmake
    DEPENDS ${input} ${CMAKE_SOURCE_DIR}/scripts/embed-file.cmake)
  list(APPEND EMBEDDED_TEMPLATES ${output})
endforeach()
