# For tools that only know node-gyp: the build itself is CMakeLists.txt, driven by cmake-js.
{
  "targets": [
    {
      "target_name": "fettle",
      "type": "none",
      "actions": [
        {
          "action_name": "cmake_js",
          "inputs": ["CMakeLists.txt"],
          "outputs": ["build/Release/fettle.node"],
          "action": ["node", "scripts/build-native.mjs", "--gyp"],
        },
      ],
    },
  ],
}
