from scaffold.commands.app import main

main()
